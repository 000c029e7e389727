// Effects in words: the right direction, never a one-sided claim where the interval holds both, and no raw logarithm.
#include "apps/lab/effect_text.h"
#include "apps/lab/claim.h"
#include "apps/lab/statistics.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

namespace ek {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// A test of this mean and interval, as log10 of factors.
Test steps(double mean, double low, double high, Rule rule = above(0)) {
  return {.what = "steps",
          .unit = "decades",
          .result = {{std::log10(mean), 0.05, {std::log10(low), std::log10(high)}, 5}, 4.6, 0.01},
          .rule = rule,
          .ratio = Ratio{10, "fewer steps", "more steps"}};
}

Test points(double mean, double low, double high, Rule rule = above(0)) {
  return {.what = "accuracy",
          .unit = "points",
          .result = {{mean, 1, {low, high}, 5}, 3, 0.01},
          .rule = rule};
}

TEST_CASE("a difference of logarithms reads as a factor, in its direction") {
  CHECK(effect_text(steps(2.14, 1.74, 2.62)) == "2.14 times fewer steps [1.74, 2.62]");
  CHECK(effect_text(steps(1 / 2.14, 1 / 2.62, 1 / 1.74)) == "2.14 times more steps [1.74, 2.62]");
  CHECK(effect_text(steps(468, 275, 776)) == "468 times fewer steps [275, 776]");
}

TEST_CASE("an interval that holds both directions says both") {
  CHECK(effect_text(steps(1.06, 0.8, 1.4)) ==
        "from 1.25 times more steps to 1.40 times fewer steps (estimate: 1.06 times fewer steps)");
  CHECK(effect_text(steps(0.9, 0.8, 1.01)) ==
        "from 1.25 times more steps to 1.01 times fewer steps (estimate: 1.11 times more steps)");
  CHECK(effect_text(steps(1.2, 1, 1.4))
            .starts_with("from 1.00 times more steps to 1.40 times fewer steps"));
  CHECK(effect_text(steps(1, 1, 1)) == "no difference");
}

TEST_CASE("the base of the logarithm is the ratio's") {
  Test noise = steps(1, 1, 1);
  noise.ratio = Ratio{2, "more noise", "less noise"};
  noise.result.difference = {3, 1, {2, 4}, 5};
  CHECK(effect_text(noise) == "8.00 times more noise [4.00, 16.0]");
}

TEST_CASE("factors have three figures, and no more digits than can be read") {
  CHECK(factor_text(1) == "1.00");
  CHECK(factor_text(9.999) == "10.0");
  CHECK(factor_text(99.96) == "100");
  CHECK(factor_text(999.7) == "1,000");
  CHECK(factor_text(125892) == "126,000");
  CHECK(factor_text(1.2589e6) == "1.26 million");
  CHECK(factor_text(2e8) == "200 million");
  CHECK(factor_text(2e9) == "10^9.3");
  CHECK(factor_text(HUGE_VAL) == "infinitely many");
}

TEST_CASE("other differences keep sign and unit") {
  CHECK(effect_text(points(3.21, 1.14, 5.29)) == "+3.2 points [+1.1, +5.3]");
  CHECK(effect_text(points(-0.6, -3.2, 2)) == "-0.6 points [-3.2, +2.0]");
  Test plain = points(1.9, 1.5, 2.3);
  plain.unit = "";
  CHECK(effect_text(plain) == "+1.9 [+1.5, +2.3]");
}

TEST_CASE("what a run has no value for is unknown, not nan") {
  CHECK(effect_text(points(kNan, kNan, kNan)) == "unknown, as a run became non-finite");
  CHECK(effect_text(steps(kNan, kNan, kNan)) == "unknown, as a run became non-finite");
}

TEST_CASE("what a rule needs") {
  CHECK(needed_text(points(0, 0, 0, above(5))) == "above 5 points");
  CHECK(needed_text(points(0, 0, 0, within(3))) == "within ±3 points");
  CHECK(needed_text(steps(1, 1, 1)) == "fewer steps");
  CHECK(needed_text(steps(1, 1, 1, above(std::log10(5)))) == "more than 5 times fewer steps");
  CHECK(needed_text(steps(1, 1, 1, above(-std::log10(2)))) == "at most 2 times more steps");
  CHECK(needed_text(steps(1, 1, 1, within(std::log10(2)))) ==
        "less than 2 times more steps or fewer steps");
}

}  // namespace
}  // namespace ek
