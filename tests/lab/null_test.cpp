// Claims judged on runs whose arms do not differ: not more than 5 % of the verdicts may say SUPPORTED. Of the claims
// whose measure is more than a number of each run, whose differences statistics_test looks at.
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "apps/lab/claim.h"
#include "apps/lab/record.h"
#include "apps/lab/statistics.h"
#include "apps/lab/trial.h"
#include "evenkeel/core/ops/random.h"
#include "tests/lab/lab_support.h"
#include "tests/lab/made_records.h"

namespace ek {
namespace {

constexpr int kExperiments = 400;

/// A run that learns from guessing up to some 40 %, whatever its arm; its noise is drawn anew for each run.
Record run_of_no_arm(const Stream& noise, std::uint64_t run, std::int64_t tests,
                     std::int64_t every) {
  std::vector<double> percents;
  const double speed = 4 + noise.normal(1000 * run), end = 40 + 2 * noise.normal(1000 * run + 1);
  for (std::int64_t i = 1; i <= tests; ++i) {
    const double learnt = 1 - std::exp(-speed * double(i) / double(tests));
    percents.push_back(10 + (end - 10) * learnt + noise.normal(1000 * run + 1 + std::uint64_t(i)));
  }
  Record r = run_with(percents, double(every));
  r.values["activation_sd"] = {1, 1, 1, 1,
                               1, 1, 1};  // what initialization shows beside its verdict
  return r;
}

/// The share of experiments in which the claim is found SUPPORTED.
double share_supported(const std::string& id, std::int64_t tests, std::int64_t every) {
  int supported = 0;
  std::uint64_t run = 0;
  const Stream noise(1, id);
  for (int e = 0; e < kExperiments; ++e) {
    const Finding finding = finding_of(claim_of(id), made_setting(5), [&](const Trial&) {
      return run_of_no_arm(noise, run++, tests, every);
    });
    supported += verdict_of(finding) == Verdict::supported;
  }
  return double(supported) / kExperiments;
}

TEST_CASE("claims on accuracies and on steps to an accuracy") {
  for (const std::string id : {"faster-training", "higher-learning-rates", "initialization"}) {
    const double share = share_supported(id, 18, 10);
    CAPTURE(id);
    CAPTURE(share);
    CHECK(share <= 0.05);
  }
}

}  // namespace
}  // namespace ek
