// What the tests of the claims share.
#pragma once

#include <cmath>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "apps/lab/claim.h"
#include "apps/lab/claims.h"
#include "apps/lab/record.h"
#include "apps/lab/statistics.h"
#include "apps/lab/trial.h"
#include "apps/training/progress.h"
#include "apps/training/run_data.h"
#include "evenkeel/core/tensor/autograd.h"
#include "evenkeel/data/dataset.h"
#include "evenkeel/data/synthetic.h"
#include "evenkeel/data/transform.h"

namespace ek {

/// So many synthetic images of each split.
inline RunData synthetic_data(std::int64_t images) {
  const auto train = make_synthetic(images, Split::train),
             test = make_synthetic(images, Split::test);
  return {train,
          test,
          {"synthetic", train->image_shape(), train->class_names(), measure_normalization(*train)},
          ""};
}

inline const Claim& claim_of(const std::string& id) {
  for (const Claim& claim : claims())
    if (claim.id == id) return claim;
  throw std::logic_error("no claim " + id);
}

/// What the claim says of records that are made up: for each of its runs with three seeds.
inline Finding judged(const std::string& id, const std::function<Record(const Trial&)>& record) {
  Setting setting = {.seeds = {1, 2, 3}};
  setting.base.dataset = "synthetic";
  Records records;
  for (const Trial& trial : claim_of(id).plan(setting))
    records.add(trial.arm, trial.config.seed, record(trial));
  return claim_of(id).judge(setting, records);
}

inline Verdict verdict_of(const Finding& finding) {
  std::vector<Verdict> verdicts;
  for (const Test& test : finding.tests) verdicts.push_back(test.verdict());
  return all_of(verdicts);
}

/// A number that differs a little from seed to seed.
inline double about(double value, const Trial& trial) {
  return value * (1 + 0.01 * static_cast<double>(trial.config.seed));
}

/// A run that became non-finite at its second step, before it was tested.
inline Record diverged_run() {
  return {.values = {{"classes", {10}}, {"train_loss", {2.3, std::nan("")}}},
          .times = {{"train_seconds", 1}, {"seconds", 1}},
          .diverged = 2};
}

/// A run that ended with about this accuracy, in percent.
inline Record accuracy_run(double percent, const Trial& trial) {
  return {.values = {{"classes", {10}},
                     {"train_loss", {2.3}},
                     {"test_step", {8}},
                     {"test_acc", {about(percent, trial) / 100}}},
          .times = {{"train_seconds", 1}}};
}

/// What the claim says of its runs with two seeds, made on a few synthetic images and ended after two steps.
inline Finding run_shortened(const std::string& id) {
  const RunData data = synthetic_data(32);
  const Setting setting = {.seeds = {1, 2}};
  Records records;
  for (Trial trial : claim_of(id).plan(setting)) {
    trial.config.max_steps = 2;
    Progress quiet("", 0, {.quiet = true});
    records.add(trial.arm, trial.config.seed, run_trial(trial, data, quiet));
  }
  return claim_of(id).judge(setting, records);
}

}  // namespace ek
