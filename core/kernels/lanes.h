// Sums in double. For the files of core/kernels only.
// A sum is kept in 16 partial sums (lanes); element i goes to lane i mod 16, and the lanes are added pairwise at the end.
// So the order of additions, and with it every bit, is the same whether a vector holds 2, 4 or 8 doubles.
#pragma once

#include <cstdint>
#include <cstring>
#include <utility>

#include "evenkeel/core/base/real.h"
#include "evenkeel/core/kernels/each.h"
#include "evenkeel/core/kernels/kernels.h"
#include "evenkeel/core/kernels/vec.h"

namespace ek {
namespace {

constexpr int kLanes = 16;
constexpr int kWidth = kVectorBytes / static_cast<int>(sizeof(double));  // doubles in a vector
constexpr int kVectors = kLanes / kWidth;  // vectors that hold all lanes

typedef double DoubleVec __attribute__((vector_size(kVectorBytes)));
typedef Real RealVec __attribute__((vector_size(kWidth * sizeof(Real))));

inline RealVec load_lanes(const Real* x) {
  RealVec v;
  std::memcpy(&v, x, sizeof v);
  return v;
}
/// Spelled out, GCC makes it one instruction, which it does not for __builtin_convertvector.
template <int... J>
inline DoubleVec wide(RealVec v, std::integer_sequence<int, J...>) {
  return DoubleVec{v[J]...};
}
inline DoubleVec wide(RealVec v) { return wide(v, std::make_integer_sequence<int, kWidth>()); }

struct Lanes {
  DoubleVec v[kVectors] = {};

  double total() const {
    DoubleVec sum[kVectors];
    std::memcpy(sum, v, sizeof sum);
    for (int half = kVectors / 2; half > 0; half /= 2)
      for (int k = 0; k < half; ++k) sum[k] += sum[k + half];
    double lane[kWidth];
    std::memcpy(lane, sum, sizeof lane);
    for (int half = kWidth / 2; half > 0; half /= 2)
      for (int j = 0; j < half; ++j) lane[j] += lane[j + half];
    return lane[0];
  }
};

/// Calls term(x's values, y's values, first, second) for every vector of x and y; it adds to the two sums of the lanes.
/// y's values are those that prepare(x's lanes, y's lanes, a place for others) returns. The last, partial block is padded
/// with values for which the term must be zero.
DoubleSums lane_sums(std::int64_t n, const Real* x, const Real* y, Real pad_x, Real pad_y,
                     auto prepare, auto term) {
  Lanes first, second;
  auto block = [&](const Real* xs, const Real* ys) {
    Real others[kLanes];
    ys = prepare(xs, ys, others);
    for (int k = 0; k < kVectors; ++k)
      term(load_lanes(xs + k * kWidth), load_lanes(ys + k * kWidth), first.v[k], second.v[k]);
  };
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    __builtin_prefetch(x + i + kAhead);
    __builtin_prefetch(y + i + kAhead);
    block(x + i, y + i);
  }
  if (i < n) {
    Real xs[kLanes], ys[kLanes];
    for (int j = 0; j < kLanes; ++j) {
      xs[j] = i + j < n ? x[i + j] : pad_x;
      ys[j] = i + j < n ? y[i + j] : pad_y;
    }
    block(xs, ys);
  }
  return {first.total(), second.total()};
}
inline const Real* as_they_are(const Real*, const Real* ys, Real*) { return ys; }

}  // namespace
}  // namespace ek
