// How far a tensor is from what it should be.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>

#include "evenkeel/core/base/real.h"
#include "evenkeel/core/tensor/tensor.h"

namespace ek {

/// The largest |actual - expected|, divided by the largest finite |expected| or by `floor` if that is larger.
/// NaN and infinities must stand at the same places: otherwise infinite, as for different sizes.
template <typename A, typename E>
double relative_error(std::span<const A> actual, std::span<const E> expected, double floor = 0.1) {
  constexpr double kInfinite = std::numeric_limits<double>::infinity();
  if (actual.size() != expected.size()) return kInfinite;
  double worst = 0, magnitude = floor;
  for (std::size_t i = 0; i < actual.size(); ++i) {
    const double a = actual[i], e = expected[i];
    if (std::isfinite(e)) magnitude = std::max(magnitude, std::abs(e));
    if (std::isfinite(a) && std::isfinite(e))
      worst = std::max(worst, std::abs(a - e));
    else if (!(std::isnan(a) && std::isnan(e)) && a != e)
      return kInfinite;
  }
  return worst / magnitude;
}

inline double relative_error(const Tensor& actual, const Tensor& expected, double floor = 0.1) {
  if (!actual || !expected || actual.shape() != expected.shape())
    return std::numeric_limits<double>::infinity();
  return relative_error(actual.data(), expected.data(), floor);
}

/// Same shape and the same bits (NaN equal to NaN).
inline bool same_bits(const Tensor& a, const Tensor& b) {
  return a && b && a.shape() == b.shape() &&
         std::equal(a.data().begin(), a.data().end(), b.data().begin(), [](Real p, Real q) {
           return p == q ? std::signbit(p) == std::signbit(q) : p != p && q != q;
         });
}

}  // namespace ek
