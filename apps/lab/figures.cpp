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

Series test_curve(std::string name, const Records& records, const std::string& arm,
                  std::span<const std::uint64_t> seeds) {
  std::vector<double> steps;
  std::vector<std::vector<double>> runs;
  for (const std::uint64_t seed : seeds) {
    const Record& record = records.at(arm, seed);
    if (!record.has("test_step")) continue;  // non-finite before the first
    if (record.at("test_step").size() > steps.size()) steps = record.at("test_step");
    runs.push_back(record.at("test_acc"));
    for (double& accuracy : runs.back()) accuracy *= 100;
  }
  return over_seeds(std::move(name), steps, runs);
}

std::optional<double> steps_to(const Record& record, double percent) {
  double step = 0, accuracy = 100 / record.last("classes");
  for (std::size_t i = 0; record.has("test_step") && i < record.at("test_step").size(); ++i) {
    const double next_step = record.at("test_step")[i], next = 100 * record.at("test_acc")[i];
    if (next >= percent)
      return accuracy < percent ? std::lerp(step, next_step, (percent - accuracy) / (next - accuracy)) : next_step;
    step = next_step;
    accuracy = next;
  }
  return {};
}

double steps_of(const Record& record) { return static_cast<double>(record.at("train_loss").size()); }
double seconds_per_step(const Record& record) { return record.times.at("train_seconds") / steps_of(record); }

}  // namespace ek
