// Arithmetic on sizes that does not overflow in silence. Strides, paddings, dilations and windows come from users and may be
// any number; what is computed of them is checked here before it becomes a size, a distance or the end of a loop.
#pragma once

#include <cstdint>
#include <limits>

#include "evenkeel/core/base/check.h"

namespace ek {

/// The sizes that belong to an op: `name` stands before every message.
struct CheckedSizes {
  const char* name;

  /// a + b, a - b, a * b. Throw std::invalid_argument with both numbers where the result does not fit into 64 bits.
  std::int64_t add(std::int64_t a, std::int64_t b) const {
    std::int64_t result = 0;
    check(!__builtin_add_overflow(a, b, &result), name, ": a size of ", a, " + ", b,
          " is too large");
    return result;
  }
  std::int64_t subtract(std::int64_t a, std::int64_t b) const {
    std::int64_t result = 0;
    check(!__builtin_sub_overflow(a, b, &result), name, ": a size of ", a, " - ", b,
          " is too large");
    return result;
  }
  std::int64_t multiply(std::int64_t a, std::int64_t b) const {
    std::int64_t result = 0;
    check(!__builtin_mul_overflow(a, b, &result), name, ": a size of ", a, " x ", b,
          " is too large");
    return result;
  }
};

/// a * b, or the largest number where that does not fit: for what is only compared with a limit, or divides one.
/// REQUIRES: neither is negative.
inline std::int64_t capped_product(std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  return __builtin_mul_overflow(a, b, &result) ? std::numeric_limits<std::int64_t>::max() : result;
}

/// a / b, rounded up. REQUIRES: a >= 0, b > 0.
inline std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return a / b + (a % b != 0); }

}  // namespace ek
