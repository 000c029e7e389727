// Ranges of a knob that train, and the verdict on start weights.
#include <cstdint>
#include <functional>
#include <vector>

#include "apps/lab/probes/sweep.h"

#include <doctest/doctest.h>

#include "apps/lab/claim.h"
#include "apps/lab/claims.h"
#include "apps/lab/record.h"
#include "apps/lab/statistics.h"
#include "apps/lab/trial.h"
#include "apps/training/config.h"
#include "tests/lab/lab_support.h"
#include "tests/lab/made_records.h"

namespace ek {
namespace {

TEST_CASE("the range that trains, linear between two settings") {
  const std::vector<double> settings = {0.01, 0.1, 1, 10};
  const Range all = range_that_trains(settings, {50, 50, 50, 50}, 40);
  CHECK(all.width == doctest::Approx(3));
  CHECK(all.largest == doctest::Approx(1));
  const Range middle = range_that_trains(settings, {10, 50, 50, 10}, 40);
  CHECK(middle.width == doctest::Approx(0.25 + 1 + 0.25));
  CHECK(middle.largest == doctest::Approx(0.25));
  const Range pieces = range_that_trains(settings, {50, 10, 10, 50}, 30);
  CHECK(pieces.width == doctest::Approx(0.5 + 0.5));
  CHECK(pieces.largest == doctest::Approx(1));
  CHECK(range_that_trains(settings, {10, 10, 10, 10}, 40).width == 0);
}

TEST_CASE("trials of a sweep: all settings and both norms of the first seed first") {
  const Sweep sweep = {"gain", "gain", {0.1, 1}};
  const auto trials = sweep.trials(made_setting(2), [](std::uint64_t seed, double gain) -> Trial {
    TrainConfig config;
    config.seed = seed;
    config.init_gain = gain;
    return {.arm = {}, .config = config};
  });
  REQUIRE(trials.size() == 8);
  CHECK(trials[0].name() == "batch-gain-0.1-seed-1");
  CHECK(trials[1].name() == "none-gain-0.1-seed-1");
  CHECK(trials[1].config.norm == "none");
  CHECK(trials[3].config.init_gain == 1);
  CHECK(trials[7].name() == "none-gain-1-seed-2");
}

Finding starts(const std::function<Record(const Trial&)>& run) {
  return finding_of(initialization(), made_setting(2), [&](const Trial& trial) {
    Record record = run(trial);
    record.values["activation_sd"] = {1, trial.config.init_gain, 1 / trial.config.init_gain};
    return record;
  });
}

TEST_CASE("initialization: the verdict, also where runs became non-finite") {
  auto narrow = [](const Trial& t) { return t.config.init_gain > 0.5 && t.config.init_gain < 5; };
  CHECK(verdict_of(starts([&](const Trial& t) {
          return t.config.norm == "batch" || narrow(t) ? run_with({50}) : diverged_run();
        })) == Verdict::supported);
  CHECK(verdict_of(starts([&](const Trial& t) {
          return t.config.norm == "none" || narrow(t) ? run_with({50}) : run_with({10});
        })) == Verdict::not_supported);
  CHECK(verdict_of(starts([](const Trial&) { return diverged_run(); })) != Verdict::supported);
}

}  // namespace
}  // namespace ek
