// The statistics behind a verdict: against scipy's numbers, and on arms that do not differ.
#include "apps/lab/statistics.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <vector>

#include "evenkeel/core/ops/random.h"

namespace ek {
namespace {

using Values = std::vector<double>;

nlohmann::json golden(const char* part) {
  std::ifstream file(EVENKEEL_SOURCE_DIR "/tests/golden/statistics.json");
  return nlohmann::json::parse(file)[part];
}

doctest::Approx close(const nlohmann::json& value) {
  return doctest::Approx(value.get<double>()).epsilon(1e-9);
}

TEST_CASE("Student's t has scipy's quantiles") {
  for (const auto& c : golden("t_quantile")) {
    CAPTURE(c.dump());
    CHECK(t_quantile(c["p"], c["degrees"]) == close(c["t"]).scale(1));
  }
}

TEST_CASE("the paired t-test is scipy's") {
  for (const auto& c : golden("paired")) {
    CAPTURE(c.dump());
    const Paired p = paired(c["a"].get<Values>(), c["b"].get<Values>());
    CHECK(p.difference.mean == close(c["mean"]));
    CHECK(p.difference.sd == close(c["sd"]));
    CHECK(p.difference.interval.low == close(c["low"]));
    CHECK(p.difference.interval.high == close(c["high"]));
    CHECK(p.effect_size == close(c["effect_size"]));
    CHECK(p.p == doctest::Approx(c["p"].get<double>()).epsilon(1e-7));
  }
}

TEST_CASE("quantiles are numpy's") {
  for (const auto& c : golden("quantile"))
    CHECK(quantile_of(c["values"].get<Values>(), c["p"]) == close(c["value"]));
}

TEST_CASE("differences that do not differ, and bad input") {
  const Paired same = paired(Values{1, 2, 3}, Values{1, 2, 3});
  CHECK(same.p == 1);
  CHECK(same.effect_size == 0);
  CHECK(judge(same.difference.interval, above(0)) == Verdict::not_supported);
  const Paired shifted = paired(Values{2, 3, 4}, Values{1, 2, 3});
  CHECK(shifted.p == 0);
  CHECK(std::isinf(shifted.effect_size));
  CHECK(judge(shifted.difference.interval, above(0)) == Verdict::supported);
  CHECK_THROWS_WITH(paired(Values{1, 2}, Values{1}),
                    "paired: 2 and 1 values, expected the same number of both, at least 2");
  CHECK_THROWS_AS(paired(Values{1}, Values{1}), std::invalid_argument);
  CHECK(std::isinf(estimate(Values{1}).interval.high));
  const Paired unknown = paired(Values{1, std::nan(""), 3}, Values{1, 2, 3});
  CHECK(std::isnan(unknown.p));
  CHECK(std::isnan(unknown.effect_size));
  CHECK(judge(unknown.difference.interval, above(0)) == Verdict::inconclusive);
  CHECK(std::isnan(quantile_of(Values{3, std::nan(""), 1}, 0.5)));
}

TEST_CASE("a verdict follows from the whole interval") {
  CHECK(judge({0.1, 2}, above(0)) == Verdict::supported);
  CHECK(judge({0, 2}, above(0)) == Verdict::inconclusive);
  CHECK(judge({-1, 0.5}, above(0)) == Verdict::inconclusive);
  CHECK(judge({-1, 0}, above(0)) == Verdict::not_supported);
  CHECK(judge({0.1, 2}, above(0.5)) == Verdict::inconclusive);
  CHECK(judge({-0.9, 0.9}, within(1)) == Verdict::supported);
  CHECK(judge({-0.9, 1.1}, within(1)) == Verdict::inconclusive);
  CHECK(judge({1.1, 2}, within(1)) == Verdict::not_supported);
  CHECK(judge({-3, -1}, within(1)) == Verdict::not_supported);
  const double nan = std::nan("");
  for (const Rule& rule : {above(0), within(1)})
    CHECK(judge({nan, nan}, rule) == Verdict::inconclusive);
}

TEST_CASE("all of several verdicts") {
  using enum Verdict;
  using Verdicts = std::vector<Verdict>;
  CHECK(all_of(Verdicts{supported, supported}) == supported);
  CHECK(all_of(Verdicts{supported, inconclusive}) == inconclusive);
  CHECK(all_of(Verdicts{supported, inconclusive, not_supported}) == not_supported);
  CHECK(all_of(Verdicts{}) == inconclusive);
}

/// One value of an arm, whose seed shifts both arms alike.
using Draw = double (*)(const Stream& noise, std::uint64_t i);
double normal(const Stream& noise, std::uint64_t i) { return noise.normal(i); }
double skewed(const Stream& noise, std::uint64_t i) { return std::exp(noise.normal(i)); }
/// An accuracy over 100 images.
double counted(const Stream& noise, std::uint64_t i) {
  double hits = 0;
  for (std::uint64_t k = 0; k < 100; ++k) hits += noise.uniform(100 * i + k) < 0.4;
  return hits;
}

/// The share of experiments, of arms that differ by `shift` in truth, whose verdict is SUPPORTED.
double share_supported(Draw draw, std::uint64_t seeds, double shift, const Rule& rule) {
  constexpr std::uint64_t kExperiments = 4000;
  std::uint64_t supported = 0;
  const Stream noise(seeds, "null");
  for (std::uint64_t e = 0; e < kExperiments; ++e) {
    Values a, b;
    for (std::uint64_t s = 0; s < seeds; ++s) {
      const std::uint64_t at = 2 * (e * seeds + s);
      a.push_back(draw(noise, at) + shift);
      b.push_back(draw(noise, at + 1));
    }
    supported += judge(paired(a, b).difference.interval, rule) == Verdict::supported;
  }
  return static_cast<double>(supported) / kExperiments;
}

TEST_CASE("of two identical arms at most 5 % of the verdicts say SUPPORTED") {
  for (const std::uint64_t seeds : {2u, 3u, 5u, 8u})
    for (const Draw draw : {normal, skewed, counted}) {
      CAPTURE(seeds);
      const double share = share_supported(draw, seeds, 0, above(0));
      CHECK(share <= 0.05);
      CHECK(share > 0);  // the rule can say it
    }
}

TEST_CASE("of arms that differ by just the margin at most 5 % are found to be the same") {
  for (const std::uint64_t seeds : {3u, 5u, 8u})
    CHECK(share_supported(normal, seeds, 4, within(4)) <= 0.05);
  CHECK(share_supported(normal, 8, 0, within(4)) > 0.9);
}

TEST_CASE("a difference that is there is found") {
  CHECK(share_supported(normal, 5, 6, above(0)) > 0.9);
}

}  // namespace
}  // namespace ek
