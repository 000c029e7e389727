#include "apps/lab/figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>

#include "apps/lab/record.h"
#include "apps/lab/statistics.h"
#include "apps/report/page.h"

namespace ek {

Series over_seeds(std::string name, const std::vector<double>& x,
                  const std::vector<std::vector<double>>& runs) {
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
  for (int i = 0; i < count; ++i)
    values.push_back(low * std::pow(high / low, i / double(count - 1)));
  return values;
}

std::string short_number(double value) { return fmt::format("{:.3g}", value); }

Series noted_curve(std::string name, const Records& records, const std::string& arm,
                   std::span<const std::uint64_t> seeds, const std::string& steps,
                   const std::function<std::vector<double>(const Record&)>& y) {
  std::vector<double> x;
  std::vector<std::vector<double>> runs;
  for (const std::uint64_t seed : seeds) {
    const Record& record = records.at(arm, seed);
    if (!record.has(steps)) continue;  // non-finite before the first
    if (record.at(steps).size() > x.size()) x = record.at(steps);
    runs.push_back(y(record));
  }
  return over_seeds(std::move(name), x, runs);
}

Series test_curve(std::string name, const Records& records, const std::string& arm,
                  std::span<const std::uint64_t> seeds) {
  return noted_curve(std::move(name), records, arm, seeds, "test_step", [](const Record& record) {
    std::vector<double> percent = record.at("test_acc");
    for (double& accuracy : percent) accuracy *= 100;
    return percent;
  });
}

std::optional<double> steps_to(const Record& record, double percent) {
  double step = 0, accuracy = 100 / record.last("classes");
  for (std::size_t i = 0; record.has("test_step") && i < record.at("test_step").size(); ++i) {
    const double next_step = record.at("test_step")[i], next = 100 * record.at("test_acc")[i];
    if (next >= percent)
      return accuracy < percent
                 ? std::lerp(step, next_step, (percent - accuracy) / (next - accuracy))
                 : next_step;
    step = next_step;
    accuracy = next;
  }
  return {};
}

double steps_of(const Record& record) {
  return static_cast<double>(record.at("train_loss").size());
}
double seconds_per_step(const Record& record) {
  return record.times.at("train_seconds") / steps_of(record);
}

Series with_band(std::string name, const std::vector<double>& x,
                 const std::vector<std::vector<double>>& values) {
  Series series = {.name = std::move(name), .x = {}, .y = {}};
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (values[i].empty()) continue;
    series.x.push_back(x[i]);
    series.y.push_back(mean_of(values[i]));
    series.low.push_back(std::ranges::min(values[i]));
    series.high.push_back(std::ranges::max(values[i]));
  }
  return series;
}

}  // namespace ek
