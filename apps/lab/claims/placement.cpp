// "Both work, just be consistent": does it matter whether BatchNorm stands before the activation or after it?
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "apps/lab/claim.h"
#include "apps/lab/claims.h"
#include "apps/lab/figures.h"
#include "apps/lab/record.h"
#include "apps/lab/statistics.h"
#include "apps/lab/trial.h"
#include "apps/report/page.h"
#include "apps/training/config.h"

namespace ek {
namespace {

constexpr double kMargin = 3;  // points of accuracy

struct Net {
  std::string model;
  double quick_width, full_width;
  std::int64_t quick_batch, quick_steps;
};
const std::vector<Net> kNets = {{"convnet-8x8", 0.5, 1, 128, 80}, {"vgg", 0.25, 0.5, 64, 100}};

struct Place {
  std::string name, title, norm, placement;
};
const std::vector<Place> kPlaces = {{"before", "before: conv, norm, relu", "batch", "before"},
                                    {"after", "after: conv, relu, norm", "batch", "after"},
                                    {"none", "without norm", "none", "before"}};

std::string arm(const Net& net, const std::string& place) { return net.model + "-" + place; }

std::vector<Trial> plan(const Setting& setting) {
  std::vector<Trial> trials;
  for (const std::uint64_t seed : setting.seeds)
    for (const Net& net : kNets)
      for (const Place& place : kPlaces) {
        const std::int64_t steps = setting.pick<std::int64_t>(net.quick_steps, 1500);
        TrainConfig config =
            setting.config(seed, setting.pick(10000, 50000), setting.pick(2000, 10000), steps);
        config.model = net.model;
        config.width = setting.pick(net.quick_width, net.full_width);
        config.batch_size = setting.pick<std::int64_t>(net.quick_batch, 128);
        config.norm = place.norm;
        config.placement = place.placement;
        config.lr = 0.02;
        trials.push_back({.arm = arm(net, place.name),
                          .config = config,
                          .test_every = std::max<std::int64_t>(steps / 4, 1)});
      }
  return trials;
}

/// The final accuracies of a net's arm, for each seed.
std::vector<double> accuracies(const Setting& setting, const Records& records, const Net& net,
                               const std::string& place) {
  return records.each(arm(net, place), setting.seeds,
                      [](const Record& r) { return final_accuracy(r); });
}

std::vector<double> smaller(std::vector<double> a, const std::vector<double>& b) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = std::min(a[i], b[i]);
  return a;
}

Plot curves(const Setting& setting, const Records& records, const Net& net) {
  Plot plot = {.title = net.model + ": test accuracy while training, with all seeds in the band",
               .x_label = "step",
               .y_label = "test accuracy, %",
               .series = {}};
  for (const Place& place : kPlaces)
    plot.series.push_back(test_curve(place.title, records, arm(net, place.name), setting.seeds));
  return plot;
}

void judge_net(const Setting& setting, const Records& records, const Net& net, Finding& finding) {
  const std::vector<double> before = accuracies(setting, records, net, "before"),
                            after = accuracies(setting, records, net, "after"),
                            none = accuracies(setting, records, net, "none");
  finding.tests.push_back({net.model + ": before minus after the activation", "points",
                           paired(before, after), within(kMargin)});
  finding.tests.push_back({net.model + ": the worse place minus without norm", "points",
                           paired(smaller(before, after), none), above(0)});
  finding.summary += fmt::format(
      "{}{}: {:.1f} % before the activation, {:.1f} % after it, {:.1f} % without a norm",
      finding.summary.empty() ? "" : "; ", net.model, mean_of(before), mean_of(after),
      mean_of(none));
  finding.plots.push_back(curves(setting, records, net));
  finding.tables[0].rows.push_back(
      {net.model, mean_and_sd(before), mean_and_sd(after), mean_and_sd(none)});
}

Finding judge_places(const Setting& setting, const Records& records) {
  Finding finding = {.tests = {}, .summary = ""};
  finding.tables = {
      {.caption = "Test accuracy in percent after the last step: mean and sd over the seeds",
       .rows = {{"net", "before", "after", "without norm"}},
       .align = "lrrr"}};
  for (const Net& net : kNets) judge_net(setting, records, net, finding);
  finding.summary += fmt::format(
      " (means over the seeds). \"Both work\" means here: within {:g} points of each other, and "
      "both above the net without a norm.",
      kMargin);
  finding.caveats = {
      "One learning rate for all arms, constant, with momentum 0.9: each place might have a better "
      "one of its own.",
      "A short training shows how fast the places learn, not where they end; in quick vgg's "
      "accuracy varies from seed to seed by as much as the margin, so that only full can decide.",
      "Two nets without shortcuts. In a residual net the place also decides what the shortcut "
      "adds, which is another question."};
  return finding;
}

}  // namespace

Claim placement() {
  return {
      .id = "placement",
      .title = "Before or after the activation",
      .sentence = "Both work, just be consistent",
      .hypothesis =
          "With BatchNorm after the activation a net becomes as accurate as with BatchNorm before "
          "it, and either way more accurate than without.",
      .arms =
          "Two nets, convnet-8x8 and vgg (in quick with a half and a quarter of their channels), "
          "each with BatchNorm before every relu, after every relu, and without any norm; SGD with "
          "momentum 0.9 and rate 0.02, the same start weights and data order.",
      .measure = "Test accuracy after the last step, of each net by itself.",
      .rule = fmt::format(
          "SUPPORTED if in both nets the interval of before minus after lies within {:g} points "
          "either way, and that of the worse place (seed by seed) minus without norm lies above 0.",
          kMargin),
      .plan = plan,
      .judge = judge_places};
}

}  // namespace ek
