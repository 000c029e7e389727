#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "apps/lab/claim.h"
#include "apps/lab/figures.h"
#include "apps/lab/probes/dropout.h"
#include "apps/lab/record.h"
#include "apps/report/page.h"

namespace ek::dropout_claim {
namespace {

Plot curves(const Results& r) {
  Plot plot = {.title = "Test accuracy over the training",
               .x_label = "step",
               .y_label = "test accuracy, %",
               .series = {}};
  for (const Arm& arm : kArms)
    plot.series.push_back(test_curve(arm.name, r.records, arm.arm, r.setting.seeds));
  return plot;
}

Plot bars(const Results& r) {
  std::vector<double> x;
  std::vector<Values> accuracies, gaps;
  Plot plot = {.title = "At the end",
               .x_label = "",
               .y_label = "percent",
               .series = {},
               .kind = PlotKind::bars};
  for (const Arm& arm : kArms) {
    x.push_back(static_cast<double>(x.size()));
    plot.categories.push_back(arm.name);
    accuracies.push_back(r.accuracy(arm.arm));
    gaps.push_back(r.gap(arm.arm));
  }
  plot.series = {with_band("test accuracy", x, accuracies),
                 with_band("training accuracy minus test accuracy", x, gaps)};
  return plot;
}

/// Running variance over the variance in inference, for normal values and for the trained networks.
Plot variance_plot(const Results& r) {
  Series exact = {.name = "1 / keep", .x = {}, .y = {}};
  for (int i = 0; i <= 80; ++i) {
    exact.x.push_back(0.2 + 0.01 * i);
    exact.y.push_back(1 / exact.x.back());
  }
  std::vector<Values> normal;
  for (std::size_t k = 0; k < kKeeps.size(); ++k)
    normal.push_back(r.measured("batch", "normal_running_var", static_cast<std::int64_t>(k)));
  return {.title = "Running variance / variance in inference",
          .x_label = "share that dropout keeps",
          .y_label = "ratio",
          .series = {exact, with_band("standard normal values", kKeeps, normal),
                     with_band("trained, dropout first", {kKeep},
                               {r.measured("dropout-batch", "moving_over_real")}),
                     with_band("trained, BatchNorm alone", {1},
                               {r.measured("batch", "moving_over_real")})}};
}

std::string cell(const Values& values, int decimals) {
  return values.empty() ? "" : mean_and_sd(values, decimals);
}

Values percent(Values values) {
  for (double& value : values) value *= 100;
  return values;
}

Table arms_table(const Results& r) {
  Table table = {.caption =
                     "Accuracies in percent, gap in points, variances of the last norm's input, "
                     "time: mean and sd over the seeds",
                 .rows = {{"arm", "test", "training", "gap", "statistics measured anew",
                           "max(running / real, real / running)", "ms a step"}},
                 .align = "lrrrrrr"};
  for (const auto& [arm, name, norm, before, behind] : kArms)
    table.rows.push_back(
        {name, mean_and_sd(r.accuracy(arm)), cell(percent(r.measured(arm, "train_acc")), 1),
         cell(r.gap(arm), 1), cell(percent(r.measured(arm, "anew_acc")), 1),
         cell(r.measured(arm, "shift"), 2),
         mean_and_sd(r.records.each(arm, r.setting.seeds,
                                    [](const Record& run) { return 1000 * seconds_per_step(run); }),
                     2)});
  return table;
}

Table normals_table(const Results& r) {
  Table table = {.caption = "Standard normal values through dropout and BatchNorm",
                 .rows = {{"keep", "running variance", "exact: 1 / keep", "in standard errors off",
                           "variance of the output in inference (exact: keep)"}},
                 .align = "rrrrr"};
  for (std::size_t k = 0; k < kKeeps.size(); ++k) {
    const auto place = static_cast<std::int64_t>(k);
    table.rows.push_back({short_number(kKeeps[k]),
                          cell(r.measured("batch", "normal_running_var", place), 3),
                          fmt::format("{:.3f}", 1 / kKeeps[k]),
                          cell(r.measured("batch", "normal_distance", place), 1),
                          cell(r.measured("batch", "normal_eval_var", place), 3)});
  }
  return table;
}

}  // namespace

Values Results::accuracy(const std::string& arm) const {
  return records.each(arm, setting.seeds, [](const Record& r) { return final_accuracy(r); });
}

Values Results::measured(const std::string& arm, const std::string& name,
                         std::int64_t place) const {
  Values values;
  for (const std::uint64_t seed : setting.seeds) {
    const Record& record = records.at(arm, seed);
    if (!record.has(name)) continue;
    values.push_back(place < 0 ? record.last(name)
                               : record.at(name).at(static_cast<std::size_t>(place)));
  }
  return values;
}

Values Results::gap(const std::string& arm) const {
  Values values;
  for (const std::uint64_t seed : setting.seeds) {
    const Record& record = records.at(arm, seed);
    if (record.has("train_acc"))
      values.push_back(100 * record.last("train_acc") - final_accuracy(record));
  }
  return values;
}

std::vector<Plot> plots_of(const Results& results) {
  return {bars(results), curves(results), variance_plot(results)};
}
std::vector<Table> tables_of(const Results& results) {
  return {arms_table(results), normals_table(results)};
}

}  // namespace ek::dropout_claim
