// A number for each of the two axes of an image.
#pragma once

#include <cstdint>
#include <ostream>

namespace ek {

/// One number per axis; a single number stands for both.
struct Pair {
  std::int64_t h, w;
  constexpr Pair(std::int64_t both)
      : h(both), w(both) {}  // NOLINT: implicit on purpose, {.stride = 2}
  constexpr Pair(std::int64_t h_, std::int64_t w_) : h(h_), w(w_) {}
  bool operator==(const Pair&) const = default;
};

/// Prints 3 or (3, 5).
inline std::ostream& operator<<(std::ostream& out, const Pair& pair) {
  return pair.h == pair.w ? out << pair.h : out << '(' << pair.h << ", " << pair.w << ')';
}

}  // namespace ek
