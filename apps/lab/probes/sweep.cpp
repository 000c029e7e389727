#include "apps/lab/probes/sweep.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "apps/lab/figures.h"
#include "apps/lab/trial.h"
#include "apps/report/page.h"

namespace ek {

const std::array<const char*, 2>& Sweep::norms() {
  static const std::array<const char*, 2> names = {"batch", "none"};
  return names;
}

std::string Sweep::arm(const std::string& norm, double setting) const {
  return norm + "-" + key + "-" + short_number(setting);
}

std::vector<Trial> Sweep::trials(
    const Setting& setting, const std::function<Trial(std::uint64_t, double)>& configure) const {
  std::vector<Trial> all;
  for (const std::uint64_t seed : setting.seeds)
    for (const double value : settings)
      for (const char* norm : norms()) {
        Trial trial = configure(seed, value);
        trial.arm = arm(norm, value);
        trial.config.norm = norm;
        all.push_back(std::move(trial));
      }
  return all;
}

Range range_that_trains(const std::vector<double>& settings, const std::vector<double>& accuracies,
                        double enough) {
  Range range = {std::log10(settings.front()), 0};
  for (std::size_t i = 0; i < settings.size(); ++i) {
    if (accuracies[i] >= enough) range.largest = std::log10(settings[i]);
    if (i == 0) continue;
    const double low = std::min(accuracies[i - 1], accuracies[i]),
                 high = std::max(accuracies[i - 1], accuracies[i]);
    const double share = low >= enough ? 1 : high < enough ? 0 : (high - enough) / (high - low);
    const double part = share * std::log10(settings[i] / settings[i - 1]);
    range.width += part;
    if (accuracies[i - 1] >= enough && share < 1) range.largest += part;
  }
  return range;
}

namespace {

void add(SweepArm& arm, const Sweep& sweep, double enough) {
  const Range range = range_that_trains(sweep.settings, arm.accuracies.back(), enough);
  arm.largest.push_back(range.largest);
  arm.width.push_back(range.width);
}

}  // namespace

SweepResult measure(const Sweep& sweep, const Setting& setting, const Records& records) {
  SweepResult result;
  for (const std::uint64_t seed : setting.seeds) {
    double best = 0;
    for (auto [norm, arm] : {std::pair{"batch", &result.batch}, std::pair{"none", &result.none}}) {
      arm->accuracies.emplace_back();
      for (const double value : sweep.settings)
        arm->accuracies.back().push_back(final_accuracy(records.at(sweep.arm(norm, value), seed)));
      best = std::max(best, std::ranges::max(arm->accuracies.back()));
    }
    const double guessing =
        100 / records.at(sweep.arm("none", sweep.settings.front()), seed).last("classes");
    const double enough =
        best > guessing ? (guessing + best) / 2 : 100;  // where nothing learns, nothing trains
    for (SweepArm* arm : {&result.batch, &result.none}) add(*arm, sweep, enough);
  }
  return result;
}

Plot accuracy_plot(const Sweep& sweep, const SweepResult& result) {
  return {.title = "Test accuracy against the " + sweep.knob,
          .x_label = sweep.knob,
          .y_label = "test accuracy, %",
          .series = {over_seeds("BatchNorm", sweep.settings, result.batch.accuracies),
                     over_seeds("without norm", sweep.settings, result.none.accuracies)},
          .log_x = true};
}

Table accuracy_table(const Sweep& sweep, const SweepResult& result) {
  Table table = {.caption = "Test accuracy in percent: mean and sd over the seeds",
                 .rows = {{sweep.knob, "BatchNorm", "without norm"}},
                 .align = "rrr"};
  for (std::size_t i = 0; i < sweep.settings.size(); ++i) {
    auto cell = [i](const SweepArm& arm) {
      std::vector<double> values;
      for (const std::vector<double>& run : arm.accuracies) values.push_back(run[i]);
      return mean_and_sd(values);
    };
    table.rows.push_back({short_number(sweep.settings[i]), cell(result.batch), cell(result.none)});
  }
  return table;
}

}  // namespace ek
