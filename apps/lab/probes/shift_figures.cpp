#include "apps/lab/probes/shift_figures.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "apps/lab/figures.h"
#include "apps/lab/record.h"
#include "apps/report/page.h"

namespace ek {
namespace {

const std::vector<std::string> kLayers = {"conv1", "conv2", "conv3", "conv4",
                                          "conv5", "conv6", "fc1"};

/// A line for each arm, see noted_curve.
Plot lines(const Setting& setting, const Records& records, Plot plot, const std::string& steps,
           const std::function<std::vector<double>(const Record&)>& y) {
  for (const ShiftArm& arm : shift_arms())
    plot.series.push_back(noted_curve(arm.title, records, arm.name, setting.seeds, steps, y));
  return plot;
}

/// As in figure 1 of Ioffe & Szegedy: the percentiles of one channel, of the first seed.
Plot typical_input(const Setting& setting, const Records& records) {
  Plot plot = {.title =
                   "What a typical activation is given: the first channel of conv6, first seed; "
                   "the line is the median, the band goes from the 15th to the 85th percentile",
               .x_label = "step",
               .y_label = "input",
               .series = {}};
  for (const ShiftArm& arm : shift_arms()) {
    const Record& r = records.at(arm.name, setting.seeds.front());
    if (!r.has("unit_p50")) continue;
    plot.series.push_back({.name = arm.title,
                           .x = r.at("shift_step"),
                           .y = r.at("unit_p50"),
                           .low = r.at("unit_p15"),
                           .high = r.at("unit_p85")});
  }
  return plot;
}

Plot drift_by_layer(const Setting& setting, const Records& records) {
  Plot plot = {.title = "Drift of the means, layer by layer",
               .x_label = "input of the activation after",
               .y_label = "drift, sd",
               .series = {},
               .kind = PlotKind::bars,
               .categories = kLayers};
  const std::vector<double> x = {0, 1, 2, 3, 4, 5, 6};
  for (const ShiftArm& arm : shift_arms()) {
    std::vector<std::vector<double>> runs;
    for (const std::uint64_t seed : setting.seeds)
      if (const Record& r = records.at(arm.name, seed); r.has("drift_means"))
        runs.push_back(r.at("drift_means"));
    plot.series.push_back(over_seeds(arm.title, x, runs));
  }
  return plot;
}

std::vector<double> ranges(const Record& r) {
  std::vector<double> values = r.at("loss_highest");
  for (std::size_t i = 0; i < values.size(); ++i) values[i] -= r.at("loss_lowest")[i];
  return values;
}

Plot accuracy_curves(const Setting& setting, const Records& records) {
  Plot plot = {.title = "Test accuracy (the noise is of the training alone)",
               .x_label = "step",
               .y_label = "test accuracy, %",
               .series = {}};
  for (const ShiftArm& arm : shift_arms())
    plot.series.push_back(test_curve(arm.title, records, arm.name, setting.seeds));
  return plot;
}

}  // namespace

const std::vector<ShiftArm>& shift_arms() {
  static const std::vector<ShiftArm> arms = {{"batch", "BatchNorm", "batch", "bn"},
                                             {"none", "without norm", "none", "bn"},
                                             {"noisy", "BatchNorm, then noise", "batch", "noise"}};
  return arms;
}

std::vector<Plot> shift_plots(const Setting& setting, const Records& records) {
  const Plot loss = {.title = "Training loss, as means over the steps since the reading before",
                     .x_label = "step",
                     .y_label = "training loss",
                     .series = {}};
  const Plot range = {
      .title = "How much the loss varies along the gradient, from half a step to four steps",
      .x_label = "step",
      .y_label = "largest loss minus smallest",
      .series = {},
      .log_y = true};
  const Plot change = {
      .title =
          "How much the gradient changes over one step along it (less: the gradient predicts more)",
      .x_label = "step",
      .y_label = "l2 distance of the gradients",
      .series = {},
      .log_y = true};
  return {typical_input(setting, records),
          drift_by_layer(setting, records),
          lines(setting, records, loss, "shift_step",
                [](const Record& r) { return r.at("mean_loss"); }),
          accuracy_curves(setting, records),
          lines(setting, records, range, "landscape_step", ranges),
          lines(setting, records, change, "landscape_step",
                [](const Record& r) { return r.at("gradient_change"); })};
}

}  // namespace ek
