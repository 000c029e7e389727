// The lab, with a claim of the test's own: adding one needs nothing but a function that returns it.
#include "apps/lab/lab.h"
#include "apps/lab/results.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "apps/lab/claim.h"
#include "apps/lab/lab_report.h"
#include "apps/lab/record.h"
#include "apps/lab/statistics.h"
#include "apps/lab/trial.h"
#include "apps/report/page.h"
#include "apps/training/config.h"
#include "apps/training/errors.h"
#include "apps/training/progress.h"
#include "apps/training/run_data.h"
#include "evenkeel/core/base/check.h"
#include "evenkeel/core/files/file.h"
#include "tests/data/files.h"

namespace ek {
namespace {

const std::vector<std::string> kArms = {"batch", "none"};

/// "BatchNorm and none, with a rate at which nothing is learnt, are the same."
Claim toy(double lr = 0) {
  Claim claim = {.id = "toy",
                 .title = "A toy",
                 .sentence = "They are the same.",
                 .hypothesis = "At rate 0 both guess.",
                 .arms = "",
                 .measure = "",
                 .rule = "",
                 .plan = {},
                 .judge = {}};
  claim.plan = [lr](const Setting& setting) {
    std::vector<Trial> trials;
    for (const std::uint64_t seed : setting.seeds)
      for (const std::string& norm : kArms) {
        TrainConfig config = setting.config(seed, 40, 20, 2);
        config.model = "convnet-8x8";
        config.width = 1. / 16;
        config.batch_size = 8;
        config.norm = norm;
        config.lr = lr;
        trials.push_back({.arm = norm, .config = config, .test_every = 1});
      }
    return trials;
  };
  claim.judge = [](const Setting& setting, const Records& records) {
    auto accuracy = [](const Record& r) { return final_accuracy(r, 10); };
    Finding finding = {.tests = {}, .summary = "Both guess."};
    finding.tests.push_back({"accuracy with BatchNorm - without", "points",
                             paired(records.each("batch", setting.seeds, accuracy),
                                    records.each("none", setting.seeds, accuracy)),
                             within(100)});
    return finding;
  };
  return claim;
}

Setting setting(std::size_t seeds = 2) {
  Setting s;
  for (std::size_t i = 1; i <= seeds; ++i) s.seeds.push_back(i);
  s.base.dataset = "synthetic";
  s.base.quiet = true;
  return s;
}

/// How many runs are still to be made.
std::int64_t missing(const Lab& lab, const Claim& claim) {
  const ClaimResult result = lab.judge(claim);
  return result.runs - result.done;
}

std::string text_of(const fs::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST_CASE("a claim is run, judged and not run again") {
  const TempDir dir;
  const Claim claim = toy();
  int made = 0;
  {
    Lab lab(setting(), dir.path / "lab");
    CHECK(missing(lab, claim) == 4);
    CHECK(lab.run(claim, [&] { ++made; }));
    CHECK(made == 4);
    const ClaimResult result = lab.judge(claim);
    CHECK(result.complete());
    CHECK(result.verdict() == Verdict::supported);
    CHECK(result.seconds > 0);
  }
  Lab again(setting(), dir.path / "lab");
  CHECK(again.run(claim, [&] { ++made; }));
  CHECK(made == 4);

  fs::remove(dir.path / "lab/toy/none-seed-2.json");  // as if stopped before its end
  const std::string whole = text_of(dir.path / "lab/toy/none-seed-1.json");
  CHECK(missing(again, claim) == 1);
  CHECK(!again.judge(claim).finding);  // one seed is no comparison
  CHECK(again.run(claim, [&] { ++made; }));
  CHECK(made == 5);
  CHECK(text_of(dir.path / "lab/toy/none-seed-1.json") == whole);
}

TEST_CASE("a lab that is not finished is judged on its complete seeds") {
  const TempDir dir;
  const Claim claim = toy();
  Lab lab(setting(3), dir.path / "lab");
  REQUIRE(lab.run(claim, [] {}));
  fs::remove(dir.path / "lab/toy/none-seed-2.json");
  const ClaimResult result = lab.judge(claim);
  CHECK(result.done == 5);
  CHECK(!result.complete());
  CHECK(result.seeds == std::vector<std::uint64_t>{1, 3});
  CHECK(result.finding.value().tests[0].result.difference.n == 2);
  CHECK(lab_page(lab.setting(), {result}, true).summary.rows[1][1] == "5 of 6 runs");
}

TEST_CASE("the same seeds give the same numbers to the bit") {
  const TempDir dir;
  const Claim claim = toy(0.1);
  std::vector<std::string> results;
  for (const char* name : {"one", "two"}) {
    Lab lab(setting(), dir.path / name);
    REQUIRE(lab.run(claim, [] {}));
    results.push_back(results_json(lab.setting(), {lab.judge(claim)}));
  }
  CHECK(results[0] == results[1]);
  CHECK(results[0].find("\"verdict\": \"SUPPORTED\"") != std::string::npos);
}

TEST_CASE("an arm that becomes non-finite is a result") {
  const TempDir dir;
  const Claim claim = toy(1e38);
  Lab lab(setting(), dir.path / "lab");
  REQUIRE(lab.run(claim, [] {}));
  const ClaimResult result = lab.judge(claim);
  CHECK(result.diverged > 0);
  CHECK(result.finding);
  const Page page = lab_page(lab.setting(), {result}, false);
  const std::vector<std::string>& lines = page.sections[0].paragraphs;
  CHECK(std::ranges::any_of(lines, [](const std::string& l) {
    return l.find("became non-finite") != std::string::npos;
  }));
}

TEST_CASE("a record counts only for the run that it was made from") {
  const TempDir dir;
  Lab lab(setting(), dir.path / "lab");
  REQUIRE(lab.run(toy(0), [] {}));
  CHECK(missing(lab, toy(0)) == 0);
  CHECK(missing(lab, toy(0.5)) == 4);
  Claim tested_less = toy(0);
  tested_less.plan = [plan = toy(0).plan](const Setting& s) {
    std::vector<Trial> trials = plan(s);
    for (Trial& trial : trials) trial.test_every = 0;
    return trials;
  };
  CHECK(missing(lab, tested_less) == 4);
}

TEST_CASE("a folder keeps its setting") {
  const TempDir dir;
  const Lab lab(setting(2), dir.path / "lab");
  CHECK(Lab::open(dir.path / "lab").setting().seeds.size() == 2);
  CHECK_THROWS_AS(Lab(setting(3), dir.path / "lab"), UsageError);
  std::ofstream(dir.path / "other") << "a file";
  CHECK_THROWS_AS(Lab(setting(), dir.path), UsageError);  // holds other things
  CHECK_THROWS_AS(Lab(setting(), dir.path / "other"), UsageError);
  CHECK_THROWS_AS(Lab::open(dir.path), DataError);
  Setting elsewhere = setting(2);
  elsewhere.base.data = (dir.path / "x").string();
  CHECK_THROWS_WITH_AS(Lab(elsewhere, dir.path / "lab"),
                       doctest::Contains("2 seeds, synthetic; give the same"), UsageError);
  Setting nowhere = setting(2);
  nowhere.base.dataset = "cifar10";
  nowhere.base.data = (dir.path / "nowhere").string();
  CHECK_THROWS_AS(Lab(nowhere, dir.path / "new"), DataError);
  CHECK(!fs::exists(dir.path / "new"));  // the corrected command finds it free
  std::ofstream(dir.path / "lab/lab.json")
      << R"({"preset": "night", "seeds": 2, "dataset": "synthetic", "data": "", )"
         R"("fashion_mnist": false})";
  CHECK_THROWS_AS(Lab::open(dir.path / "lab"), DataError);
}

TEST_CASE("the trial's record has what it promises") {
  const TempDir dir;
  Trial trial = toy(0.1).plan(setting())[0];
  int starts = 0, steps = 0, ends = 0;
  trial.at_start = [&](Training& t) { starts += t.batch == nullptr && t.step == 0; };
  trial.after_step = [&](Training& t) { steps += t.batch != nullptr; };
  trial.at_end = [&](Training& t) { ends += t.step == 2; };
  Progress none("", 0, {.quiet = true});
  const RunData data = limited(open_run_data(trial.config), 40, 20);
  CHECK(steps_of(trial, data) == 2);
  const Record record = run_trial(trial, data, none);
  CHECK(starts == 1);
  CHECK(steps == 2);
  CHECK(ends == 1);
  CHECK(record.at("train_loss").size() == 2);
  CHECK(record.at("test_step") == std::vector<double>{1, 2});
  CHECK(record.at("test_acc").size() == 2);
  CHECK(record.times.at("seconds") >= record.times.at("train_seconds"));
}

}  // namespace
}  // namespace ek
