// What tests of flat loops share: the lengths that they are run on, and comparisons that say where they fail.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "evenkeel/core/base/real.h"
#include "tests/support/values.h"

namespace ek {

/// All short lengths, and some long ones.
inline std::vector<std::size_t> lengths() {
  std::vector<std::size_t> all = {127, 128, 129, 1000, 4099, 16384};
  for (std::size_t n = 0; n <= 70; ++n) all.push_back(n);
  return all;
}

/// Within the tolerance, of the magnitude where that is above 1; what is not finite must be the same.
inline bool close(Real a, double expected, double tolerance) {
  if (!std::isfinite(expected) || !std::isfinite(static_cast<Real>(expected)))
    return same_bits(a, static_cast<Real>(expected));
  return std::abs(double{a} - expected) <= tolerance * std::max(1.0, std::abs(expected));
}

/// True if the test holds for every index; else says for which it does not.
template <typename Test>
bool all_of(std::size_t n, Test test) {
  for (std::size_t i = 0; i < n; ++i)
    if (!test(i)) {
      MESSAGE("first at element ", i);
      return false;
    }
  return true;
}

}  // namespace ek
