// "Faster training: allows higher learning rates": how far up does the learning rate go, with and without?
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "apps/lab/claims.h"
#include "apps/lab/figures.h"

namespace ek {
namespace {

const std::vector<std::string> kNorms = {"batch", "none"};

/// 4 decades, 0.5 between two.
std::vector<double> rates() { return geometric(0.001, 10, 9); }

std::string arm(const std::string& norm, double lr) { return norm + "-lr-" + short_number(lr); }

std::vector<Trial> plan(const Setting& setting) {
  std::vector<Trial> trials;
  for (const std::uint64_t seed : setting.seeds)
    for (const double lr : rates())
      for (const std::string& norm : kNorms) {
        TrainConfig config =
            setting.config(seed, setting.pick(5000, 20000), setting.pick(1000, 5000), setting.pick(60, 600));
        config.model = "convnet-8x8";
        config.width = setting.pick(0.5, 1.0);
        config.norm = norm;
        config.lr = lr;
        trials.push_back({.arm = arm(norm, lr), .config = config});
      }
  return trials;
}

/// The accuracies of a norm with one seed, for each rate.
std::vector<double> curve(const Records& records, const std::string& norm, std::uint64_t seed) {
  std::vector<double> accuracies;
  for (const double lr : rates()) accuracies.push_back(final_accuracy(records.at(arm(norm, lr), seed), 10));
  return accuracies;
}

Finding judge_rates(const Setting& setting, const Records& records) {
  std::vector<std::vector<double>> batch, none;
  std::vector<double> batch_largest, none_largest, batch_width, none_width;
  for (const std::uint64_t seed : setting.seeds) {
    batch.push_back(curve(records, "batch", seed));
    none.push_back(curve(records, "none", seed));
    const double enough = (10 + std::max(std::ranges::max(batch.back()), std::ranges::max(none.back()))) / 2;
    const Range with = range_that_trains(rates(), batch.back(), enough),
                without = range_that_trains(rates(), none.back(), enough);
    batch_largest.push_back(with.largest);
    none_largest.push_back(without.largest);
    batch_width.push_back(with.width);
    none_width.push_back(without.width);
  }
  Finding finding;
  finding.tests = {
      {"largest rate that trains, BatchNorm - none", "decades", paired(batch_largest, none_largest), above(0)},
      {"width of the range that trains, BatchNorm - none", "decades", paired(batch_width, none_width), above(0)}};
  finding.asides = {
      {"largest rate at least 10 times none's (Bjorck et al. 2018)", "decades", finding.tests[0].result, above(1)}};
  finding.summary = fmt::format(
      "With BatchNorm rates up to {:.2g} train, without up to {:.2g} (geometric means over the seeds); the range that "
      "trains is {:.1f} against {:.1f} decades wide.",
      std::pow(10, mean_of(batch_largest)), std::pow(10, mean_of(none_largest)), mean_of(batch_width),
      mean_of(none_width));
  finding.plots = {{.title = "Test accuracy against the learning rate",
                    .x_label = "learning rate",
                    .y_label = "test accuracy, %",
                    .series = {over_seeds("BatchNorm", rates(), batch), over_seeds("none", rates(), none)},
                    .log_x = true}};
  Table table = {.caption = "Test accuracy in percent: mean and sd over the seeds",
                 .rows = {{"learning rate", "BatchNorm", "none"}},
                 .align = "rrr"};
  for (const double lr : rates()) {
    auto cell = [&](const std::string& norm) {
      return mean_and_sd(
          records.each(arm(norm, lr), setting.seeds, [](const Record& r) { return final_accuracy(r, 10); }));
    };
    table.rows.push_back({short_number(lr), cell("batch"), cell("none")});
  }
  finding.tables = {table};
  finding.caveats = {
      "The rates are half a decade apart; in between, the accuracy is taken to change linearly with log(rate).",
      "A short training with a constant rate and momentum 0.9: it says which rates train, not which end "
      "best."};
  return finding;
}

}  // namespace

Claim higher_learning_rates() {
  return {.id = "higher-learning-rates",
          .title = "Higher learning rates",
          .sentence = "Faster training: Allows higher learning rates",
          .hypothesis =
              "The largest learning rate that trains the network is higher with BatchNorm than without, and "
              "the range of rates that train is wider.",
          .arms =
              "convnet-8x8 (in quick with half of its channels) with BatchNorm and without any norm, SGD with momentum "
              "0.9, nine rates from 0.001 to 10.",
          .measure =
              "Test accuracy after the last step. A rate trains if it gets at least half of the way from "
              "guessing to the best accuracy of either arm with this seed.",
          .rule =
              "SUPPORTED if the interval of the paired difference of the largest rate, and that of the width, lie "
              "above 0 decades.",
          .plan = plan,
          .judge = judge_rates};
}

}  // namespace ek
