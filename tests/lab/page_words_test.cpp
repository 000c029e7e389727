// The pages of all claims, from made records: arms have names, logarithms read as factors, terms are explained, and
// every logarithmic axis can be read.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <regex>
#include <string>
#include <vector>

#include "apps/lab/claim.h"
#include "apps/lab/claims.h"
#include "apps/lab/effect_text.h"
#include "apps/lab/lab.h"
#include "apps/lab/lab_report.h"
#include "apps/lab/record.h"
#include "apps/lab/statistics.h"
#include "apps/lab/trial.h"
#include "apps/report/page.h"
#include "apps/report/plot_script.h"
#include "evenkeel/core/files/file.h"
#include "tests/data/files.h"
#include "tests/lab/lab_support.h"
#include "tests/lab/made_records.h"

namespace ek {
namespace {

/// A run that has all that any claim looks at.
Record full_record(const Trial& trial) {
  const double shift = trial.config.norm == "batch" ? 1 : 2;
  const double seed = about(1, trial);
  Record r = run_with({20 * seed, 30 * seed, 40 * seed / shift, 50 * seed / shift});
  r.values["activation_sd"] = {1, shift * trial.config.init_gain, shift * seed};
  for (const char* name : {"drift_means", "drift_spreads", "drift_per_reading"})
    r.values[name] = std::vector<double>(7, shift * seed);
  for (const char* name : {"gradient_change", "loss_highest", "smoothness"})
    r.values[name] = {shift * seed, 3 * shift};
  r.values["loss_lowest"] = {0.1, 0.2};
  r.values["landscape_step"] = r.values["shift_step"] = {10, 20};
  r.values["mean_loss"] = {2, 1 / seed};
  r.values["train_acc"] = {0.6 * seed};
  r.values["noise"] = {shift * seed / static_cast<double>(trial.config.batch_size)};
  r.values["signal"] = {1};
  r.values["single_image_refused"] = {1};
  r.values["anew_acc"] = {0.4 * seed};
  r.values["shift"] = r.values["moving_over_real"] = {1.5 * seed};
  for (const char* name : {"normal_running_var", "normal_distance", "normal_eval_var"})
    r.values[name] = std::vector<double>(9, seed);
  for (const char* mode : {"training", "inference"}) {
    for (const char* order : {"_shuffled", "_sorted"})
      r.values[std::string("accuracy_") + mode + order] = std::vector<double>(5, 40 * seed / shift);
    r.values[std::string("changed_") + mode] = std::vector<double>(5, 5 * seed);
  }
  r.values["accuracy_after_a_pass"] = {30 * seed};
  return r;
}

const std::vector<ClaimResult>& all_results() {
  static const std::vector<ClaimResult> all = [] {
    std::vector<ClaimResult> results;
    for (const Claim& claim : claims())
      results.push_back({.claim = &claim,
                         .runs = 1,
                         .done = 1,
                         .seeds = {1, 2, 3},
                         .finding = finding_of(claim, made_setting(3), full_record)});
    return results;
  }();
  return all;
}

Page page_of_all() { return lab_page(made_setting(3), all_results(), false); }

bool has_word(const std::string& text, const std::string& word) {
  return std::regex_search(text, std::regex("\\b" + word + "\\b"));
}

TEST_CASE("no arm is called none, and no flag's value stands for a name") {
  for (const Section& section : page_of_all().sections) {
    CAPTURE(section.id);
    for (const Plot& plot : section.plots) {
      for (const Series& series : plot.series)
        CHECK_MESSAGE(!has_word(series.name, "none"), series.name);
      for (const std::string& name : plot.categories) CHECK_MESSAGE(!has_word(name, "none"), name);
    }
    for (const Table& table : section.tables)
      for (const auto& row : table.rows)
        for (const std::string& cell : row) CHECK_MESSAGE(!has_word(cell, "none|no norm|lr"), cell);
    for (const std::string& text : section.paragraphs)
      CHECK_MESSAGE(
          !std::regex_search(text, std::regex("none's|none -|- none|none ends|of none\\)")), text);
  }
}

TEST_CASE("differences of logarithms are told as factors, everywhere") {
  for (const ClaimResult& result : all_results()) {
    CAPTURE(result.claim->id);
    std::vector<Test> tests = result.finding->tests;
    tests.insert(tests.end(), result.finding->asides.begin(), result.finding->asides.end());
    for (const Test& test : tests) {
      CAPTURE(test.what);
      CHECK(test.ratio.has_value() == (test.unit == "decades" || test.unit == "powers of 2"));
      CHECK(test.what.find(" - ") == std::string::npos);  // "minus", which nobody takes for a dash
      if (test.ratio) CHECK(test.what.find(" against ") != std::string::npos);
    }
  }
  const Page page = page_of_all();
  for (const Section& section : page.sections) {
    for (const std::string& text : section.paragraphs)
      CHECK_MESSAGE(!has_word(text, "decades?"), text);
    for (const std::string& text : section.caveats)
      CHECK_MESSAGE(!has_word(text, "decades?"), text);
    for (const Table& table : section.tables)
      for (const auto& row : table.rows)
        for (const std::string& cell : row) CHECK_MESSAGE(!has_word(cell, "decades?"), cell);
  }
}

TEST_CASE("a result whose interval holds both directions does not read as one of them") {
  // By chance three times more in one seed, three times less in the next one.
  const auto undecided = [](const Trial& trial) {
    Record r = full_record(trial);
    const bool more = (trial.config.norm == "batch") == (trial.config.seed % 2 == 0);
    for (const char* name : {"gradient_change", "loss_highest", "smoothness"})
      r.values[name] = {more ? 3. : 1., 1.};
    r.values["test_acc"] = {0.1, more ? 0.15 : 0.5, 0.5, 0.5};
    return r;
  };
  for (const char* id : {"internal-covariate-shift", "faster-training"}) {
    const Finding finding = finding_of(claim_of(id), made_setting(3), undecided);
    CAPTURE(finding.summary);
    CHECK(std::regex_search(
        finding.summary,
        std::regex("from .* times (smaller|more steps) to .* times (larger|fewer)")));
    CHECK(!std::regex_search(finding.summary, std::regex("times as (much|large)|a factor of")));
  }
}

TEST_CASE("the terms of statistics are explained, once") {
  const Page page = page_of_all();
  for (const char* word :
       {"Paired difference", "95 % interval", "d (Cohen's d)", "p", "Needed, and margin",
        "SUPPORTED", "NOT SUPPORTED", "INCONCLUSIVE", "Arm", "Seed"}) {
    CAPTURE(word);
    CHECK(std::ranges::count_if(page.terms, [&](const Term& t) {
            return t.word == word || t.word.starts_with(std::string(word) + " (") ||
                   t.word.starts_with(std::string(word) + ":");
          }) == 1);
  }
}

TEST_CASE("the summary shows the comparison that decides") {
  ClaimResult result = all_results().front();
  auto test = [](const char* what, double low, double high) {
    return Test{what, "points", {{(low + high) / 2, 1, {low, high}, 3}, 1, 0.1}, above(0)};
  };
  result.finding->tests = {test("sure", 1, 3), test("open", -1, 3)};
  auto row = [&] { return lab_page(made_setting(3), {result}, false).summary.rows.at(1); };
  CHECK(row()[1] == "INCONCLUSIVE");
  CHECK(row()[2] == "open");
  result.finding->tests.push_back(test("contrary", -3, -1));
  CHECK(row()[1] == "NOT SUPPORTED");
  CHECK(row()[2] == "contrary");
  result.finding->tests.resize(1);
  CHECK(row()[2] == "sure");
}

TEST_CASE("the terminal shows the comparison that decides, as the page does") {
  const TempDir dir;
  const Lab lab(made_setting(3), dir.path / "lab");
  for (const Claim& claim : claims())
    for (const Trial& trial : claim.plan(lab.setting())) {
      fs::create_directories(lab.dir() / claim.id);
      write_record(lab.dir() / claim.id / (trial.name() + ".json"), trial.description(),
                   full_record(trial));
    }
  const fs::path printed = dir.path / "printed";
  const std::string command = "COLUMNS=1000 " EVENKEEL_BUILD_DIR "/convnet lab report " +
                              lab.dir().string() + " > " + printed.string();
  REQUIRE(std::system(command.c_str()) == 0);
  std::ifstream in(printed);
  const std::string all{std::istreambuf_iterator<char>(in), {}};
  int later = 0;
  for (const Claim& claim : claims()) {
    const ClaimResult result = lab.judge(claim);
    const Test& test = *result.deciding();
    CHECK_MESSAGE(
        all.find("  " + test.what + ": " + effect_text(test) + ", d = ") != std::string::npos,
        claim.id);
    later += &test != &result.finding->tests.front();
  }
  CHECK(later > 0);  // or all of this would be in vain
}

TEST_CASE("every logarithmic axis of every claim has four labels at least, and says what it is") {
  int axes = 0;
  for (const Section& section : page_of_all().sections)
    for (const Plot& plot : section.plots)
      for (const char axis : {'x', 'y'}) {
        if (!(axis == 'x' ? plot.log_x : plot.log_y)) continue;
        ++axes;
        CAPTURE(plot.title);
        CAPTURE(axis);
        const std::string script = plot_script(plot);
        std::smatch found;
        REQUIRE(std::regex_search(script, found,
                                  std::regex(std::string("set ") + axis + "tics \\(([^)]*)\\)")));
        const std::string ticks = found[1];
        const auto all = std::ranges::count(ticks, ',') + 1,
                   unlabelled = std::ranges::count(ticks, '\'') / 2;
        CHECK(all - unlabelled >= 4);
        CHECK(std::regex_search(script,
                                std::regex(std::string("set ") + axis + "label '.*\\(?log scale")));
      }
  CHECK(axes > 10);
}

}  // namespace
}  // namespace ek
