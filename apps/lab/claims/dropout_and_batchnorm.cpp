// "BatchNorm vs Dropout": each alone, and both in either order.
#include <cstdint>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "apps/lab/claim.h"
#include "apps/lab/claims.h"
#include "apps/lab/probes/dropout.h"
#include "apps/lab/probes/dropout_convnet.h"
#include "apps/lab/probes/dropout_shift.h"
#include "apps/lab/probes/norm_statistics.h"
#include "apps/lab/statistics.h"
#include "apps/lab/trial.h"
#include "apps/training/build.h"
#include "apps/training/config.h"
#include "apps/training/description.h"

namespace ek {
namespace {

using namespace dropout_claim;

constexpr std::int64_t kTests = 8;

void measure_normals(Training& t) {
  for (const double keep : kKeeps) {
    const NormalShift shift = normal_shift(keep, t.config.seed);
    t.note("normal_running_var", shift.running_var);
    t.note("normal_distance", (shift.running_var - 1 / keep) / shift.error);
    t.note("normal_eval_var", shift.eval_var);
  }
}

void measure_end(Training& t) {
  t.note("train_acc", t.train_score().accuracy);
  if (t.config.norm != "batch") return;
  const Shift shift = trained_shift(t, "bn2");
  t.note("shift", shift.ratio);
  t.note("moving_over_real", shift.moving_over_real);
  t.note("anew_acc", reestimated_score(t).accuracy);
}

std::vector<Trial> plan(const Setting& setting) {
  std::vector<Trial> trials;
  for (const std::uint64_t seed : setting.seeds)
    for (const Arm& arm : kArms) {
      const std::int64_t steps = setting.pick(320, 1600);
      TrainConfig config =
          setting.config(seed, setting.pick(2048, 10000), setting.pick(2000, 5000), steps);
      config.model = "convnet-8x8";
      config.width = setting.pick(0.25, 0.5);
      config.norm = arm.norm;
      config.lr = 0.02;
      trials.push_back({.arm = arm.arm,
                        .config = config,
                        .test_every = steps / kTests,
                        .make =
                            [arm](const TrainConfig& c, const DataInfo& info) {
                              const auto classes = std::ssize(info.class_names);
                              return std::make_unique<DropoutConvNet>(
                                  model_options(c, info.image, classes), arm.before, arm.behind);
                            },
                        .at_start = arm.arm == "batch" ? measure_normals : Probe(),
                        .at_end = measure_end,
                        .variant = "dropout-convnet"});
    }
  return trials;
}

std::vector<Test> tests_of(const Results& r) {
  auto alone = [&](const char* both) { return paired(r.accuracy("batch"), r.accuracy(both)); };
  return {{"accuracy, BatchNorm alone minus both, dropout first", "points", alone("dropout-batch"),
           above(0)},
          {"accuracy, BatchNorm alone minus both, BatchNorm first", "points",
           alone("batch-dropout"), above(0)}};
}

/// The rows of the note's table, and the inequalities of Li et al.; without those that a non-finite run leaves open.
std::vector<Test> asides_of(const Results& r) {
  const Values zeros(r.setting.seeds.size());
  std::vector<Test> tests;
  auto add = [&](const std::string& what, const std::string& unit, const Values& a, const Values& b,
                 Rule rule) {
    if (a.size() == zeros.size() && b.size() == zeros.size())
      tests.push_back({what, unit, paired(a, b), rule});
  };
  auto minus = [](Values values, double number) {
    for (double& value : values) value -= number;
    return values;
  };
  auto percent = [&](const char* arm, const char* name, std::int64_t place) {
    Values values = r.measured(arm, name, place);
    for (double& value : values) value *= 100;
    return values;
  };
  add("gap, without either minus BatchNorm", "points", r.gap("none"), r.gap("batch"), above(0));
  add("gap, BatchNorm minus dropout", "points", r.gap("batch"), r.gap("dropout"), above(0));
  const Values early = percent("none", "test_acc", 0);
  add("accuracy after 1/8 of the steps, BatchNorm minus without either", "points",
      percent("batch", "test_acc", 0), early, above(0));
  add("accuracy after 1/8 of the steps, dropout minus without either", "points",
      percent("dropout", "test_acc", 0), early, within(2));
  add("accuracy, BatchNorm first minus dropout first (Li et al. 2018)", "points",
      r.accuracy("batch-dropout"), r.accuracy("dropout-batch"), above(0));
  add("dropout first, statistics measured anew minus running (Li et al. 2018)", "points",
      percent("dropout-batch", "anew_acc", -1), percent("dropout-batch", "test_acc", -1), above(0));
  add("ratio of variances, dropout first (Li et al. 2018)", "",
      r.measured("dropout-batch", "shift"), zeros, above(1.2));
  add("1.1 minus ratio of variances, BatchNorm alone", "", minus(zeros, -1.1),
      r.measured("batch", "shift"), above(0));
  const auto half = static_cast<std::int64_t>(kKeepAt);
  add("normal values: running variance minus 2", "standard errors",
      r.measured("batch", "normal_distance", half), zeros, within(3));
  add("normal values: output variance in inference minus 0.5", "",
      minus(r.measured("batch", "normal_eval_var", half), kKeep), zeros, within(0.02));
  return tests;
}

Finding judge_dropout(const Setting& setting, const Records& records) {
  const Results r = {setting, records};
  auto mean = [&](const char* arm) { return mean_of(r.accuracy(arm)); };
  Finding finding = {.tests = tests_of(r), .summary = {}, .asides = asides_of(r)};
  finding.summary = fmt::format(
      "Test accuracy: without either {:.1f} %, dropout {:.1f} %, BatchNorm {:.1f} %, both with "
      "dropout first {:.1f} %, both with BatchNorm first {:.1f} %.",
      mean("none"), mean("dropout"), mean("batch"), mean("dropout-batch"), mean("batch-dropout"));
  if (const Values shift = r.measured("dropout-batch", "moving_over_real"); !shift.empty())
    finding.summary += fmt::format(
        " Behind dropout the running variance is {:.2f} times that in inference; for values with "
        "mean 0 it would be exactly 1 / keep = {:g}.",
        mean_of(shift), 1 / kKeep);
  finding.plots = plots_of(r);
  finding.tables = tables_of(r);
  finding.caveats = {
      "This shows what dropout of one half does at one layer of one network with few images, 2,048 "
      "in quick, which is where regularization pays most: the network with BatchNorm alone learns "
      "them nearly by heart. It does not show the best probability for each arm, nor what dropout "
      "does between convolutions or with many images.",
      "One learning rate, at which every arm trains. Dropout slows training down: with many more "
      "steps it may gain.",
      "The share that dropout keeps stands for p in Li et al., whose formula for the shift, p for "
      "a mean of 0, is quoted second-hand. Where the mean is not 0 the shift is larger."};
  return finding;
}

}  // namespace

Claim dropout_and_batchnorm() {
  return {.id = "dropout",
          .title = "BatchNorm and dropout",
          .sentence = "In CNNs, BatchNorm alone often works better than BatchNorm + Dropout",
          .hypothesis =
              "The network with BatchNorm alone is more accurate than with BatchNorm and dropout, "
              "wherever that stands.",
          .arms =
              "convnet-8x8 (in quick with a quarter of its channels) with no norm, BatchNorm, "
              "dropout, and both in either order: dropout of one half right in front of the last "
              "BatchNorm, or right behind its relu. SGD with momentum 0.9 and a rate of 0.02, 20 "
              "epochs over few images.",
          .measure =
              "Test accuracy after the last step. Beside it: the gap between training and test "
              "accuracy, and the running variance of the last norm against the variance of its "
              "input in inference.",
          .rule =
              "SUPPORTED if the intervals of the paired differences of BatchNorm alone and "
              "BatchNorm with dropout, in each of the two orders, lie above 0 points.",
          .plan = plan,
          .judge = judge_dropout};
}

}  // namespace ek
