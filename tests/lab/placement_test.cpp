#include <doctest/doctest.h>

#include "apps/lab/claim.h"
#include "apps/lab/record.h"
#include "apps/lab/statistics.h"
#include "apps/lab/trial.h"
#include "tests/lab/lab_support.h"

namespace ek {
namespace {

/// Accuracies, in percent, of a run with the norm before the activation, after it, and without.
Finding with_accuracies(double before, double after, double none) {
  return judged("placement", [&](const Trial& trial) {
    const double a = trial.config.norm == "none"          ? none
                     : trial.config.placement == "before" ? before
                                                          : after;
    return Record{
        .values = {{"classes", {10}}, {"test_step", {8}}, {"test_acc", {about(a, trial) / 100}}}};
  });
}

TEST_CASE("placement: both work where they are as accurate, and more so than no norm") {
  CHECK(verdict_of(with_accuracies(50, 51, 40)) == Verdict::supported);
  CHECK(verdict_of(with_accuracies(50, 45, 40)) == Verdict::not_supported);  // one place is worse
  CHECK(verdict_of(with_accuracies(50, 51, 60)) == Verdict::not_supported);  // neither helps
}

TEST_CASE("placement: runs that became non-finite count as guessing") {
  const Finding finding = judged("placement", [](const Trial& trial) {
    if (trial.config.norm == "none") return diverged_run();
    return Record{
        .values = {{"classes", {10}}, {"test_step", {8}}, {"test_acc", {about(0.5, trial)}}}};
  });
  CHECK(verdict_of(finding) == Verdict::supported);
  CHECK(finding.tables[0].rows[1][3].starts_with("10.0"));
}

}  // namespace
}  // namespace ek
