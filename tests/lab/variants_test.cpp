#include <cstddef>

#include <doctest/doctest.h>

#include "apps/lab/claim.h"
#include "apps/lab/statistics.h"
#include "apps/lab/trial.h"
#include "tests/lab/lab_support.h"

namespace ek {
namespace {

/// BatchNorm gets 50 % at its best rate, group norm what is said, all others 40 %; at all other rates 20 % less.
Finding with_group_norm(double group) {
  return judged("variants", [&](const Trial& trial) {
    const double best = trial.config.norm == "batch"   ? 50
                        : trial.config.norm == "group" ? group
                                                       : 40;
    return accuracy_run(*trial.config.lr < 0.01 ? best : best - 20, trial);
  });
}

TEST_CASE("variants: BatchNorm may be behind each of the others by less than a point") {
  CHECK(verdict_of(with_group_norm(45)) == Verdict::supported);
  CHECK(verdict_of(with_group_norm(50.5)) == Verdict::supported);
  CHECK(verdict_of(with_group_norm(52)) == Verdict::not_supported);
}

TEST_CASE("variants: the runs that are judged do not choose the rate") {
  // The low rate is the best for the tuning seeds, the high one for all others.
  const Finding finding = judged("variants", [](const Trial& trial) {
    const bool low = *trial.config.lr<0.01, tuning = trial.config.seed> 1000;
    const double percent = trial.config.norm != "batch" ? 40 : low == tuning ? 60 : 30;
    return accuracy_run(percent, {.arm = trial.arm, .config = {}});
  });
  CHECK(finding.tests[0].result.difference.mean == doctest::Approx(-10.1));  // 20.2 if they did
}

TEST_CASE("variants: what each norm takes its means over") {
  const Finding finding =
      judged("variants", [](const Trial& trial) { return accuracy_run(40, trial); });
  const auto& rows = finding.tables[1].rows;
  auto means = [&](std::size_t row) { return rows[row][2] + " of " + rows[row][3]; };
  CHECK(means(1) == "16 of 131072");  // BatchNorm: a mean per channel, over 128 maps
  CHECK(means(2) == "128 of 16384");  // layer norm: per image
  CHECK(means(3) == "2048 of 1024");  // instance norm: per map
  CHECK(means(4) == "512 of 4096");   // group norm: per image and four channels
}

TEST_CASE("variants: runs that became non-finite count as guessing") {
  const Finding finding = judged("variants", [](const Trial& trial) {
    return trial.config.norm == "instance" ? diverged_run() : accuracy_run(40, trial);
  });
  CHECK(finding.tests[1].result.difference.mean > 29);
}

TEST_CASE("variants: every run gives what the claim's tests and figures need") {
  CHECK(run_shortened("variants").tests.size() == 3);
}

}  // namespace
}  // namespace ek
