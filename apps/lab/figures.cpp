#include "apps/lab/figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "apps/lab/statistics.h"

namespace ek {

Series over_seeds(std::string name, const std::vector<double>& x, const std::vector<std::vector<double>>& runs) {
  Series series = {.name = std::move(name), .x = x, .y = {}};
  for (std::size_t i = 0; i < x.size(); ++i) {
    std::vector<double> values;
    for (const std::vector<double>& run : runs)
      if (i < run.size()) values.push_back(run[i]);
    if (values.empty()) break;  // all became non-finite before
    series.y.push_back(mean_of(values));
    series.low.push_back(std::ranges::min(values));
    series.high.push_back(std::ranges::max(values));
  }
  series.x.resize(series.y.size());
  return series;
}

std::string mean_and_sd(std::span<const double> values, int decimals) {
  return fmt::format("{:.{}f} ± {:.{}f}", mean_of(values), decimals, sd_of(values), decimals);
}

std::vector<double> geometric(double low, double high, int count) {
  std::vector<double> values;
  for (int i = 0; i < count; ++i) values.push_back(low * std::pow(high / low, i / double(count - 1)));
  return values;
}

std::string short_number(double value) { return fmt::format("{:.3g}", value); }

}  // namespace ek
