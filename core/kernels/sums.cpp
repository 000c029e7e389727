// Sums and moments. Compiled once per instruction set.
#include <cstdint>

#include "evenkeel/core/base/real.h"
#include "evenkeel/core/kernels/kernels.h"
#include "evenkeel/core/kernels/lanes.h"
#include "evenkeel/core/kernels/parts.h"
#include "evenkeel/core/kernels/vec.h"

namespace ek::EVENKEEL_TABLE {

DoubleSums moments(std::int64_t n, const Real* x, Real shift) {
  return lane_sums(n, x, x, shift, shift, as_they_are,
                   [=](RealVec xs, RealVec, DoubleVec& s, DoubleVec& s2) {
                     const DoubleVec d = wide(xs) - double{shift};
                     s += d;
                     s2 += d * d;
                   });
}

double sum(std::int64_t n, const Real* x) {
  auto add_to = [](RealVec xs, RealVec, DoubleVec& s, DoubleVec&) { s += wide(xs); };
  return lane_sums(n, x, x, 0, 0, as_they_are, add_to).first;
}

}  // namespace ek::EVENKEEL_TABLE
