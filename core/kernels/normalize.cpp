// The rows of a normalization, forward and backward. Compiled once per instruction set.
//   xhat = ((x - mean_hi) - mean_lo) rstd,  y = xhat weight + bias + residual and, with relu, max(y, 0)
#include <cstdint>

#include "evenkeel/core/base/real.h"
#include "evenkeel/core/kernels/each.h"
#include "evenkeel/core/kernels/kernels.h"
#include "evenkeel/core/kernels/lanes.h"
#include "evenkeel/core/kernels/parts.h"
#include "evenkeel/core/kernels/vec.h"

namespace ek {
namespace {

/// x is a Real or a vector of it.
inline auto standardized(auto x, const NormRow& r) {
  return ((x - r.mean_hi) - r.mean_lo) * r.rstd;
}

inline auto normalized(auto x, const NormRow& r) { return standardized(x, r) * r.weight + r.bias; }

}  // namespace

namespace EVENKEEL_TABLE {

void normalize(std::int64_t n, const Real* x, const NormRow& r, const Real* residual, Real* y) {
  const auto end = [relu = r.relu](auto v) { return relu ? max0(v) : v; };
  if (residual)
    each(n, {x, residual}, y, [=, row = r](auto v, auto s) { return end(normalized(v, row) + s); });
  else
    each(n, {x}, y, [=, row = r](auto v) { return end(normalized(v, row)); });
}

void normalize_mask(std::int64_t n, const Real* x, const NormRow& r, const Real* residual,
                    const Real* dy, Real* g) {
  each(n, {x, residual, dy}, g,
       [row = r](auto v, auto s, auto d) { return masked(normalized(v, row) + s, d); });
}

DoubleSums normalize_sums(std::int64_t n, const Real* x, const Real* dy, const NormRow& r) {
  const double mean = double{r.mean_hi} + double{r.mean_lo};
  auto add_to = [=](RealVec xs, RealVec g, DoubleVec& s, DoubleVec& s2) {
    s += wide(g);
    s2 += wide(g) * (wide(xs) - mean);
  };
  auto mask = [row = r](const Real* xs, const Real* g, Real* to) {
    for (int i = 0; i < kLanes; i += kL)
      store(to + i, masked(normalized(load(xs + i), row), load(g + i)));
    return static_cast<const Real*>(to);
  };
  const DoubleSums s = r.relu ? lane_sums(n, x, dy, r.mean_hi, 0, mask, add_to)
                              : lane_sums(n, x, dy, r.mean_hi, 0, as_they_are, add_to);
  return {s.first, s.second * r.rstd};
}

void normalize_backward(std::int64_t n, const Real* x, const Real* dy, const NormRow& r,
                        Real mean_g, Real mean_gx, Real* dx) {
  each(n, {x, dy}, dx, [=, row = r](auto v, auto d) {
    const auto g = row.relu ? masked(normalized(v, row), d) : d, xhat = standardized(v, row);
    return (g * row.weight - mean_g - xhat * mean_gx) * row.rstd;
  });
}

}  // namespace EVENKEEL_TABLE
}  // namespace ek
