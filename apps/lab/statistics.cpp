#include "apps/lab/statistics.h"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <cstddef>
#include <functional>
#include <iterator>
#include <limits>

#include "evenkeel/core/base/check.h"

namespace ek {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

double square(double x) { return x * x; }

/// The p-value of a mean that lies so many standard errors from 0.
double two_sided_p(double t, double degrees) {
  if (!std::isfinite(t)) return std::isnan(t) ? t : 0;
  return 2 *
         boost::math::cdf(boost::math::complement(boost::math::students_t(degrees), std::abs(t)));
}

/// What a quotient by a spread of nothing is.
double over_spread(double value, double spread) {
  if (spread == 0) return value == 0 ? 0 : std::copysign(kInfinity, value);
  return value / spread;
}

}  // namespace

double mean_of(std::span<const double> values) {
  double sum = 0;
  for (const double v : values) sum += v;
  return sum / static_cast<double>(values.size());
}

double sd_of(std::span<const double> values) {
  if (values.size() < 2) return 0;
  const double mean = mean_of(values);
  double squares = 0;
  for (const double v : values) squares += square(v - mean);
  return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

double quantile_of(std::span<const double> values, double p) {
  std::vector<double> sorted(values.begin(), values.end());
  for (const double v : sorted)
    if (std::isnan(v)) return v;  // which has no place in an order
  std::ranges::sort(sorted);
  const double at = p * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t next = std::min(below + 1, sorted.size() - 1);
  return std::lerp(sorted[below], sorted[next], at - static_cast<double>(below));
}

double t_quantile(double p, double degrees) {
  return boost::math::quantile(boost::math::students_t(degrees), p);
}

Estimate estimate(std::span<const double> values) {
  const double n = static_cast<double>(values.size());
  const double mean = mean_of(values), sd = sd_of(values);
  const double half = values.size() < 2 ? kInfinity : t_quantile(0.975, n - 1) * sd / std::sqrt(n);
  return {mean, sd, {mean - half, mean + half}, std::ssize(values)};
}

Paired paired(std::span<const double> a, std::span<const double> b) {
  check(a.size() == b.size() && a.size() >= 2, "paired: ", a.size(), " and ", b.size(),
        " values, expected the same number of both, at least 2");
  std::vector<double> differences(a.size());
  std::ranges::transform(a, b, differences.begin(), std::minus<>());
  const Estimate e = estimate(differences);
  const double n = static_cast<double>(e.n), effect = over_spread(e.mean, e.sd);
  return {e, effect, effect == 0 ? 1 : two_sided_p(effect * std::sqrt(n), n - 1)};
}

std::string name_of(Verdict verdict) {
  return verdict == Verdict::supported       ? "SUPPORTED"
         : verdict == Verdict::not_supported ? "NOT SUPPORTED"
                                             : "INCONCLUSIVE";
}

Verdict judge(const Interval& i, const Rule& rule) {
  const double m = rule.margin;
  if (rule.kind == Rule::Kind::above)
    return i.low > m     ? Verdict::supported
           : i.high <= m ? Verdict::not_supported
                         : Verdict::inconclusive;
  if (-m < i.low && i.high < m) return Verdict::supported;
  return i.low >= m || i.high <= -m ? Verdict::not_supported : Verdict::inconclusive;
}

Verdict all_of(std::span<const Verdict> verdicts) {
  if (std::ranges::find(verdicts, Verdict::not_supported) != verdicts.end())
    return Verdict::not_supported;
  const auto supported = std::ranges::count(verdicts, Verdict::supported);
  return supported > 0 && supported == std::ssize(verdicts) ? Verdict::supported
                                                            : Verdict::inconclusive;
}

}  // namespace ek
