// Steps to an accuracy, and a race in which runs that are not judged choose target and rates.
#include "apps/lab/probes/race.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "apps/lab/claim.h"
#include "apps/lab/claims.h"
#include "apps/lab/figures.h"
#include "apps/lab/record.h"
#include "apps/lab/statistics.h"
#include "apps/lab/trial.h"
#include "tests/lab/lab_support.h"
#include "tests/lab/made_records.h"

namespace ek {
namespace {

TEST_CASE("steps to an accuracy: the first time, linear between two tests, from guessing") {
  const Record r = run_with({20, 40, 30, 60});
  CHECK(steps_to(r, 15).value() == doctest::Approx(5));
  CHECK(steps_to(r, 20).value() == doctest::Approx(10));
  CHECK(steps_to(r, 30).value() == doctest::Approx(15));
  CHECK(steps_to(r, 50).value() == doctest::Approx(30 + 20. / 3));
  CHECK(!steps_to(r, 61));
  CHECK(!steps_to(diverged_run(), 15));
  CHECK(steps_to(r, 5).value() == 10);  // below guessing: at the first test
}

TEST_CASE("target and rates come from the tuning seeds") {
  Records records;
  for (const std::uint64_t seed : {1u, 7u}) {
    // Rate 0.1 suits seed 1, rate 1 suits the tuning seed, which learns less.
    const Record good =
        run_with(seed == 1 ? std::vector<double>{60, 60} : std::vector<double>{30, 30});
    const Record bad = run_with({10, 20});
    for (const char* norm : {"batch", "none"}) {
      records.add(Race::arm(norm, 0.1), seed, seed == 1 ? good : bad);
      records.add(Race::arm(norm, 1), seed, seed == 1 ? bad : good);
    }
  }
  const Race race = {records, {1}, {7}, {0.1, 1}, 20};
  const Contest contest = race.contest();
  CHECK(contest.target == doctest::Approx(10 + 0.9 * 20));
  CHECK(contest.none_rate == 1);
  CHECK(contest.batch_rate == 1);
  // Not what would suit seed 1: at this rate it does not get to the target, and all steps count.
  CHECK(race.log_steps("none", [](const Contest& c) { return c.none_rate; })[0] ==
        doctest::Approx(std::log10(20)));
}

Finding race(std::size_t seeds, const std::vector<double>& batch, const std::vector<double>& none) {
  return finding_of(faster_training(), made_setting(seeds), [&](const Trial& trial) {
    std::vector<double> percents = trial.config.norm == "batch" ? batch : none;
    if (percents.empty()) return diverged_run();
    for (double& p : percents) p += double(trial.config.seed % 1000) / 10;
    return run_with(percents, 60);
  });
}

TEST_CASE("faster training: the verdict") {
  CHECK(verdict_of(race(3, {40, 50, 60}, {20, 30, 40})) == Verdict::supported);
  CHECK(verdict_of(race(3, {20, 30, 40}, {40, 50, 60})) == Verdict::not_supported);
  CHECK(verdict_of(race(2, {}, {20, 30, 40})) == Verdict::not_supported);
  CHECK(verdict_of(race(2, {}, {})) != Verdict::supported);
}

}  // namespace
}  // namespace ek
