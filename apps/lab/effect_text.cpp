#include "apps/lab/effect_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "apps/lab/statistics.h"

namespace ek {
namespace {

constexpr double kMillion = 1e6, kLargestInWords = 1e9;  // of factors

/// So many decimals that two figures of the spread are seen.
std::string signed_number(double value, double scale) {
  const int decimals =
      scale > 0 && std::isfinite(scale) ? static_cast<int>(std::ceil(1 - std::log10(scale))) : 2;
  return fmt::format("{:+.{}f}", value, std::clamp(decimals, 0, 6));
}

std::string with_unit(const std::string& number, const std::string& unit) {
  return unit.empty() ? number : number + " " + unit;
}

std::string difference_text(const Test& test) {
  const Estimate& e = test.result.difference;
  return fmt::format("{} [{}, {}]", with_unit(signed_number(e.mean, e.sd), test.unit),
                     signed_number(e.interval.low, e.sd), signed_number(e.interval.high, e.sd));
}

/// "2.14 times fewer steps" of a difference of logarithms above 0, "2.14 times more steps" of the opposite one.
std::string times(const Ratio& ratio, double log) {
  return fmt::format("{} times {}", factor_text(std::pow(ratio.base, std::abs(log))),
                     log < 0 ? ratio.below : ratio.above);
}

std::string ratio_text(const Ratio& ratio, const Estimate& e) {
  const auto [low, high] = e.interval;
  if (low == 0 && high == 0) return "no difference";
  auto factor = [&](double log) { return factor_text(std::pow(ratio.base, std::abs(log))); };
  if (low > 0) return fmt::format("{} [{}, {}]", times(ratio, e.mean), factor(low), factor(high));
  if (high < 0) return fmt::format("{} [{}, {}]", times(ratio, e.mean), factor(high), factor(low));
  return fmt::format("from {} times {} to {} times {} (estimate: {})", factor(low), ratio.below,
                     factor(high), ratio.above, times(ratio, e.mean));
}

std::string needed_ratio(const Ratio& ratio, const Rule& rule) {
  const std::string factor = fmt::format("{:.3g}", std::pow(ratio.base, std::abs(rule.margin)));
  if (rule.kind == Rule::Kind::within)
    return fmt::format("less than {} times {} or {}", factor, ratio.below, ratio.above);
  if (rule.margin == 0) return ratio.above;
  if (rule.margin < 0) return fmt::format("at most {} times {}", factor, ratio.below);
  return fmt::format("more than {} times {}", factor, ratio.above);
}

/// 126,000 of 125892
std::string rounded_thousands(double value) {
  const double unit = std::pow(10, std::floor(std::log10(value)) - 2);
  std::string digits = fmt::format("{:.0f}", std::round(value / unit) * unit);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, 1, ',');
  return digits;
}

}  // namespace

std::string effect_text(const Test& test) {
  const Estimate& e = test.result.difference;
  if (!std::isfinite(e.mean) || std::isnan(e.interval.low) || std::isnan(e.interval.high))
    return "unknown, as a run became non-finite";
  return test.ratio ? ratio_text(*test.ratio, e) : difference_text(test);
}

std::string needed_text(const Test& test) {
  if (test.ratio) return needed_ratio(*test.ratio, test.rule);
  const bool above = test.rule.kind == Rule::Kind::above;
  return with_unit(fmt::format("{}{:.3g}", above ? "above " : "within ±", test.rule.margin),
                   test.unit);
}

std::string factor_text(double factor) {
  if (std::isnan(factor)) return "?";
  if (std::isinf(factor)) return "infinitely many";
  if (factor >= kLargestInWords) return fmt::format("10^{:.1f}", std::log10(factor));
  if (factor >= kMillion) return fmt::format("{:.3g} million", factor / kMillion);
  if (factor >= 999.5) return rounded_thousands(factor);
  return fmt::format("{:.{}f}", factor, factor < 9.995 ? 2 : factor < 99.95 ? 1 : 0);
}

}  // namespace ek
