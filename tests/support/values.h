// Plain arrays of numbers for tests of kernels: seeded contents, guards, comparison by bits.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "evenkeel/core/base/real.h"
#include "evenkeel/core/ops/random.h"

namespace ek {

using Values = std::vector<Real>;

/// Stands where nothing may be written.
inline constexpr Real kGuard = Real(12345);

inline Values numbers(std::int64_t n, std::string_view name) {
  const Stream s(10, name);
  Values v(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < v.size(); ++i) v[i] = static_cast<Real>(s.normal(i));
  return v;
}

/// The same bits, NaN equal to NaN.
inline bool same_bits(Real a, Real b) {
  return (a != a && b != b) || std::memcmp(&a, &b, sizeof a) == 0;
}

inline bool same_bits(const Values& a, const Values& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (!same_bits(a[i], b[i])) return false;
  return true;
}

/// A sum in double and the sum of its terms' magnitudes, against which its rounding is measured.
struct Exact {
  double sum = 0, magnitude = 0;
  void add(double term) {
    sum += term;
    magnitude += std::abs(term);
  }
  bool fits(Real value, double tolerance) const {
    return std::abs(double{value} - sum) <= tolerance * magnitude;
  }
};

}  // namespace ek
