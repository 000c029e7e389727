#include <cstdint>
#include <string>

#include <doctest/doctest.h>

#include "apps/lab/claim.h"
#include "apps/lab/record.h"
#include "apps/lab/statistics.h"
#include "apps/lab/trial.h"
#include "tests/lab/lab_support.h"

namespace ek {
namespace {

/// A record of a network with BatchNorm needs this.
Record with_refusal(Record record, const Trial& trial) {
  if (trial.config.norm == "batch") record.values["single_image_refused"] = {trial.make ? 0. : 1.};
  return record;
}

/// Group norm gets 40 % at every batch size, and BatchNorm what is said.
Finding with_accuracies(double at_2, double at_4, double at_32) {
  return judged("small-batches", [&](const Trial& trial) {
    const std::int64_t size = trial.config.batch_size;
    const double batch = size == 2 ? at_2 : size == 4 ? at_4 : at_32;
    return with_refusal(accuracy_run(trial.config.norm == "batch" ? batch : 40, trial), trial);
  });
}

TEST_CASE("small batches: group norm is to be ahead at 2 and at 4, and more so than at 32") {
  CHECK(verdict_of(with_accuracies(20, 30, 45)) == Verdict::supported);
  CHECK(verdict_of(with_accuracies(20, 42, 45)) == Verdict::not_supported);  // behind at 4
  CHECK(verdict_of(with_accuracies(30, 30, 20)) ==
        Verdict::not_supported);  // not because the batch is small
}

TEST_CASE("small batches: the largest size at which BatchNorm is behind is said") {
  CHECK(with_accuracies(20, 30, 45).summary.find("is ahead by its interval: 4;") !=
        std::string::npos);
}

TEST_CASE("small batches: BatchNorm that becomes non-finite at 2 counts as guessing") {
  const Finding finding = judged("small-batches", [](const Trial& trial) {
    const bool bad = trial.config.norm == "batch" && trial.config.batch_size <= 4;
    return with_refusal(bad ? diverged_run() : accuracy_run(40, trial), trial);
  });
  CHECK(verdict_of(finding) == Verdict::supported);
}

TEST_CASE("small batches: every arm sees as many images, at a rate in proportion to the batch") {
  for (const Trial& trial : claim_of("small-batches").plan({.seeds = {1}})) {
    CAPTURE(trial.arm);
    CHECK(trial.config.max_steps * trial.config.batch_size == 3072);
    CHECK(*trial.config.lr / double(trial.config.batch_size) == doctest::Approx(0.01 / 32));
  }
}

TEST_CASE(
    "small batches: the note's network refuses a single image, the one whose norms see maps trains "
    "with it") {
  const Finding finding = run_shortened("small-batches");
  CHECK(finding.tests.size() == 3);
  const auto& rows = finding.tables[0].rows;
  CHECK(rows[1][1] == "refused");
  CHECK(rows[7][0] == "maps only, BatchNorm");
  CHECK(rows[7][1] != "refused");
}

}  // namespace
}  // namespace ek
