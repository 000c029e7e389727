// Paired comparisons: what the difference of two arms is, how sure that is, and what follows for a claim.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace ek {

double mean_of(std::span<const double> values);
/// The sample's standard deviation, with n - 1; 0 for fewer than two values.
double sd_of(std::span<const double> values);
/// The value between the sorted ones at share p in [0, 1], linearly interpolated as numpy's quantile does. NaN where
/// one of them is.
/// REQUIRES: at least one value.
double quantile_of(std::span<const double> values, double p);

/// Student's t: the value that a share p of the distribution with so many degrees of freedom lies below.
double t_quantile(double p, double degrees);

struct Interval {
  double low, high;
};

/// The mean with its 95 % confidence interval: mean +- t(0.975, n - 1) sd / sqrt(n). For one value the interval is
/// infinite.
struct Estimate {
  double mean, sd;
  Interval interval;
  std::int64_t n;
};
Estimate estimate(std::span<const double> values);

/// Two arms of the same seeds, in the order of the seeds.
struct Paired {
  Estimate difference;  // of a - b
  double
      effect_size;  // Cohen's d for pairs: mean / sd of the differences; infinite where those do not differ
  double p;  // two-sided, of the paired t-test
};

/// The paired t-test of a against b. Throws std::invalid_argument unless both have the same number of values, at least
/// two.
Paired paired(std::span<const double> a, std::span<const double> b);

enum class Verdict { supported, not_supported, inconclusive };
/// "SUPPORTED", "NOT SUPPORTED", "INCONCLUSIVE"
std::string name_of(Verdict verdict);

/// How a verdict follows from the difference's interval. Both are fixed before there is a result.
struct Rule {
  enum class Kind { above, within } kind;
  double margin;
};
/// SUPPORTED where the whole interval lies above the margin, NOT SUPPORTED where it lies at or below it.
inline Rule above(double margin) { return {Rule::Kind::above, margin}; }
/// "They are the same": SUPPORTED where the whole interval lies between -margin and margin, NOT SUPPORTED where it lies
/// outside.
inline Rule within(double margin) { return {Rule::Kind::within, margin}; }

Verdict judge(const Interval& interval, const Rule& rule);
/// All of several: SUPPORTED if each is, NOT SUPPORTED if one is, else INCONCLUSIVE; without any INCONCLUSIVE.
Verdict all_of(std::span<const Verdict> verdicts);

}  // namespace ek
