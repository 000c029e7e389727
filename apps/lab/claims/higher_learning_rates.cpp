// "Faster training: allows higher learning rates": how far up does the learning rate go, with and without?
#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <vector>

#include "apps/lab/claim.h"
#include "apps/lab/claims.h"
#include "apps/lab/effect_text.h"
#include "apps/lab/figures.h"
#include "apps/lab/probes/sweep.h"
#include "apps/lab/statistics.h"
#include "apps/lab/trial.h"
#include "apps/training/config.h"

namespace ek {
namespace {

/// 4 decades, half of one between two rates.
Sweep rates() { return {"learning rate", "lr", geometric(0.001, 10, 9)}; }

std::vector<Trial> plan(const Setting& setting) {
  return rates().trials(setting, [&](std::uint64_t seed, double lr) -> Trial {
    TrainConfig config = setting.config(seed, setting.pick(5000, 20000), setting.pick(1000, 5000),
                                        setting.pick(60, 600));
    config.model = "convnet-8x8";
    config.width = setting.pick(0.5, 1.0);
    config.lr = lr;
    return {.arm = {}, .config = config};
  });
}

Finding judge_rates(const Setting& setting, const Records& records) {
  const Sweep sweep = rates();
  const SweepResult r = measure(sweep, setting, records);
  Finding finding;
  finding.tests = {
      {"largest rate that trains, BatchNorm against without norm", "decades",
       paired(r.batch.largest, r.none.largest), above(0), Ratio{10, "larger", "smaller"}},
      {"range of rates that train (largest / smallest), BatchNorm against without norm", "decades",
       paired(r.batch.width, r.none.width), above(0), Ratio{10, "wider", "narrower"}}};
  finding.asides = {
      {"largest rate that trains, BatchNorm against without norm (Bjorck et al. 2018)", "decades",
       finding.tests[0].result, above(1), finding.tests[0].ratio}};
  finding.summary = fmt::format(
      "With BatchNorm rates up to {:.2g} train, without up to {:.2g} (geometric means over the "
      "seeds). The largest rate that trains is {} times the smallest with BatchNorm, {} times "
      "without.",
      std::pow(10, mean_of(r.batch.largest)), std::pow(10, mean_of(r.none.largest)),
      factor_text(std::pow(10, mean_of(r.batch.width))),
      factor_text(std::pow(10, mean_of(r.none.width))));
  finding.plots = {accuracy_plot(sweep, r)};
  finding.tables = {accuracy_table(sweep, r)};
  finding.caveats = {
      "The rates are a factor of 3.2 apart; in between, the accuracy is taken to change linearly "
      "with log(rate).",
      "A short training with a constant rate and momentum 0.9: it says which rates train, not "
      "which end best."};
  return finding;
}

}  // namespace

Claim higher_learning_rates() {
  return {.id = "higher-learning-rates",
          .title = "Higher learning rates",
          .sentence = "Faster training: Allows higher learning rates",
          .hypothesis =
              "The largest learning rate that trains the network is higher with BatchNorm than "
              "without, and the range of rates that train is wider.",
          .arms =
              "convnet-8x8 (in quick with half of its channels) with BatchNorm and without any "
              "norm, SGD with momentum 0.9, nine rates from 0.001 to 10.",
          .measure =
              "Test accuracy after the last step. A rate trains if it gets at least half of the "
              "way from guessing to the best accuracy of either arm with this seed; between two "
              "rates the accuracy is taken to change linearly with log(rate). Pieces of the range "
              "add up; where no rate trains, the largest is the first.",
          .rule =
              "SUPPORTED if the whole intervals of two factors lie above 1: the largest rate with "
              "BatchNorm / without norm, and the same of the width of the range.",
          .plan = plan,
          .judge = judge_rates};
}

}  // namespace ek
