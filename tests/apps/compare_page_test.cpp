// What compare's page says of its arms: the last epoch's figures first, names instead of flags, and on how little AHEAD
// rests.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iomanip>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "tests/apps/run_program.h"

namespace ek {
namespace {

const std::string kRun =
    "compare --dataset cifar10 --data cifar --model convnet-8x8 --batch-size 8 --epochs 6 --lr "
    "0.03 --out both";

/// The test accuracies of an arm's epochs.
std::vector<double> accuracies(const Workshop& dir, const std::string& arm) {
  std::istringstream lines(dir.text("both/norm-" + arm + "/metrics.jsonl"));
  std::vector<double> values;
  for (std::string line; std::getline(lines, line);)
    if (const auto epoch = nlohmann::json::parse(line); epoch.contains("test_acc"))
      values.push_back(epoch["test_acc"]);
  return values;
}

/// A share as the page shows it, in percent or points: "61.25".
std::string hundredfold(double share) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(2) << 100 * share;
  return text.str();
}

std::string cell(const std::string& heading, const std::string& text) {
  return "<td class=\"r\" data-label=\"" + heading + "\">" + text + "</td>";
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size())
    ++found;
  return found;
}

TEST_CASE(
    "the page's headline is the last epoch's test accuracy, the best one's is called optimistic") {
  const Workshop dir;
  REQUIRE(dir.run(kRun).code == 0);
  const std::string page = dir.text("both/report.html");
  bool another = false;  // epoch is the best
  std::vector<double> last;
  for (const char* arm : {"batch", "none"}) {
    const std::vector<double> all = accuracies(dir, arm);
    REQUIRE(all.size() == 6);
    const auto best = std::ranges::max_element(all);
    last.push_back(all.back());
    another |= *best > all.back();
    const std::string last_text = hundredfold(all.back()) + " %",
                      best_text = hundredfold(*best) + " %";
    const std::string epoch = std::to_string(best - all.begin() + 1);
    CHECK(count(page, cell("test accuracy, last epoch", last_text)) >= 1);
    CHECK(count(page, cell("best epoch, chosen on the test images: optimistic",
                           best_text + " in epoch " + epoch + " of 6")) >= 1);
    CHECK(count(page, "</strong> " + last_text + " in the last epoch that it finished, epoch 6; " +
                          best_text + " in epoch " + epoch +
                          " (best of 6 epochs, chosen on the test images: optimistic)") >= 1);
  }
  CHECK(another);
  const std::string result = page.substr(page.find("<strong>Result:</strong>"), 300);
  const bool level = last[0] == last[1];
  const std::string who = last[0] > last[1] ? "BatchNorm" : "the network without norm";
  const std::string ahead =
      who + " is ahead by " + hundredfold(std::abs(last[0] - last[1])) + " points";
  CHECK_MESSAGE(
      result.find((level ? "they are level" : ahead) + ", from one seed") != std::string::npos,
      result);
  CHECK(count(page, ">AHEAD</span> <span class=\"badge-note\">from one seed</span>") ==
        (level ? 0 : 2));
}

TEST_CASE(
    "an arm that became non-finite has no accuracy as its headline, and numbers of a size that can "
    "be read") {
  const Workshop dir;
  REQUIRE(dir.run("compare --dataset synthetic --model convnet-8x8 --limit-train 400 --limit-test "
                  "100 --epochs 2 --lr 3 --out both")
              .out.find("did not stay finite") != std::string::npos);
  const std::string page = dir.text("both/report.html");
  REQUIRE(accuracies(dir, "none").size() == 1);
  const std::string before = hundredfold(accuracies(dir, "none")[0]);
  CHECK(count(page,
              cell("test accuracy, last epoch", "non-finite (" + before + " % in epoch 1)")) == 1);
  CHECK(count(page, "<dt>NON-FINITE</dt>") == 1);
  CHECK(count(page, "The histograms have axes of their own") == 1);
  CHECK(!std::regex_search(page, std::regex("data-label=\"[^\"]*loss[^\"]*\">[0-9]{7}")));
}

TEST_CASE("no norm on the page is called by its flag") {
  const Workshop dir;
  REQUIRE(dir.run(kRun + " --epochs 1 --norms batch,none,group").code == 0);
  std::string page = dir.text("both/report.html");
  page.erase(0, page.find("<body>"));
  page = std::regex_replace(page, std::regex("<pre>[^<]*<code>[^<]*</code>|<[^>]*>"),
                            " ");  // the command, and tags
  CHECK(!std::regex_search(page, std::regex("\\bnone\\b|[Nn]orm (batch|none|group)")));
  for (const char* name : {"BatchNorm", "without norm", "Without norm", "group norm", "Group norm"})
    CHECK(page.find(name) != std::string::npos);
}

TEST_CASE("the page explains its words") {
  const Workshop dir;
  REQUIRE(dir.run(kRun + " --epochs 1").code == 0);
  const std::string page = dir.text("both/report.html");
  for (const char* word : {"Arm", "Accuracy", "Loss", "Best epoch", "From one seed", "Log scale"})
    CHECK(count(page, std::string("<dt>") + word + "</dt>") == 1);
  CHECK(page.find("The histograms of all arms have the same axes.") != std::string::npos);
}

}  // namespace
}  // namespace ek
