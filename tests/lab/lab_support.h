// What the tests of the claims share.
#pragma once

#include <cmath>

#include "apps/lab/claims.h"
#include "data/synthetic.h"

namespace ek {

/// So many synthetic images of each split.
inline RunData synthetic_data(std::int64_t images) {
  const auto train = make_synthetic(images, Split::train), test = make_synthetic(images, Split::test);
  return {train, test, {"synthetic", train->image_shape(), train->class_names(), measure_normalization(*train)}, ""};
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
  for (const Trial& trial : claim_of(id).plan(setting)) records.add(trial.arm, trial.config.seed, record(trial));
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
  return {.values = {{"classes", {10}}, {"train_loss", {2.3, std::nan("")}}}, .diverged = 2};
}

}  // namespace ek
