// The flat loops, compiled once per instruction set (EVENKEEL_TABLE names the table). Element-wise loops and sums are
// written with vector types: the order of a sum is part of the result. The optimizers' loops are left to the
// compiler's vectoriser.
//
// Everything here is in an anonymous namespace, and nothing is included that has inline functions which other
// files use too: the linker keeps one copy of such a function, and it might be one with instructions this CPU
// lacks.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#include "evenkeel/core/base/real.h"
#include "evenkeel/core/kernels/kernels.h"
#include "evenkeel/core/kernels/parts.h"
#include "evenkeel/core/kernels/vec.h"

namespace ek {
namespace {

// ---- Element-wise -------------------------------------------------------------------------------

constexpr int kAhead =
    512;  // values that are asked of the memory ahead: its own guess ends with a page

/// y[i] = f(x[0][i], ...), for whole vectors and then one by one.
template <std::size_t... K>
inline void each(std::int64_t n, const Real* const* x, Real* y, auto f, std::index_sequence<K...>) {
  std::int64_t i = 0;
  for (; i + kL <= n; i += kL) {
    (__builtin_prefetch(x[K] + i + kAhead), ...);
    __builtin_prefetch(y + i + kAhead, 1);
    store(y + i, f(load(x[K] + i)...));
  }
  for (; i < n; ++i) y[i] = f(x[K][i]...);
}
template <std::size_t kInputs>
inline void each(std::int64_t n, const Real* const (&x)[kInputs], Real* y, auto f) {
  each(n, x, y, f, std::make_index_sequence<kInputs>());
}

inline Real max0(Real v) { return v < 0 ? 0 : v; }

void add(std::int64_t n, const Real* a, const Real* b, Real* y) {
  each(n, {a, b}, y, [](auto va, auto vb) { return va + vb; });
}

void mul(std::int64_t n, const Real* a, const Real* b, Real* y) {
  each(n, {a, b}, y, [](auto va, auto vb) { return va * vb; });
}

void scale_shift(std::int64_t n, const Real* x, Real scale, Real shift, Real* y) {
  each(n, {x}, y, [=](auto v) { return v * scale + shift; });
}

void relu(std::int64_t n, const Real* x, Real* y) {
  each(n, {x}, y, [](auto v) { return max0(v); });
}

void add_relu(std::int64_t n, const Real* a, const Real* b, Real* y) {
  each(n, {a, b}, y, [](auto va, auto vb) { return max0(va + vb); });
}

/// g where y is above zero (or NaN), else 0.
inline auto masked(auto y, auto g) { return y <= 0 ? decltype(y){} : g; }

void relu_backward(std::int64_t n, const Real* y, const Real* dy, Real* dx) {
  each(n, {y, dy}, dx, [](auto v, auto g) { return masked(v, g); });
}

// ---- Rows of images -----------------------------------------------------------------------------

void copy_rows(std::int64_t rows, std::int64_t columns, const Real* x, std::int64_t x_row, Real* y,
               std::int64_t y_row) {
  for (std::int64_t r = 0; r < rows; ++r, x += x_row, y += y_row)
    each(columns, {x}, y, [](auto v) { return v; });
}

// ---- Sums in double -----------------------------------------------------------------------------
// A sum is kept in 16 partial sums (lanes); element i goes to lane i mod 16, and the lanes are added pairwise
// at the end. So the order of additions, and with it every bit, is the same whether a vector holds 2, 4 or 8
// doubles.

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

// ---- Normalization ------------------------------------------------------------------------------

/// x is a Real or a vector of it.
inline auto standardized(auto x, const NormRow& r) {
  return ((x - r.mean_hi) - r.mean_lo) * r.rstd;
}

inline auto normalized(auto x, const NormRow& r) { return standardized(x, r) * r.weight + r.bias; }

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

// ---- Optimizers: one pass over gradient, state and weight ---------------------------------------

void sgd(std::int64_t n, const SgdStep& p, const Real* grad, Real* momentum, Real* weight) {
  const Real lr = p.lr, mu = p.momentum, share = p.gradient_share, decay = p.weight_decay;
  if (mu == 0) {
    for (std::int64_t i = 0; i < n; ++i) weight[i] -= lr * (grad[i] + decay * weight[i]);
    return;
  }
  for (std::int64_t i = 0; i < n; ++i) {
    const Real g = grad[i] + decay * weight[i], v = mu * momentum[i] + share * g;
    momentum[i] = v;
    weight[i] -= lr * (p.nesterov ? g + mu * v : v);
  }
}

void adam(std::int64_t n, const AdamStep& p, const Real* grad, Real* exp_avg, Real* exp_avg_sq,
          Real* weight) {
  for (std::int64_t i = 0; i < n; ++i) {
    const Real w = weight[i] * p.shrink;
    const Real g = grad[i] + p.weight_decay * w;
    const Real m = p.beta1 * exp_avg[i] + p.one_minus_beta1 * g;
    const Real v = p.beta2 * exp_avg_sq[i] + p.one_minus_beta2 * g * g;
    exp_avg[i] = m;
    exp_avg_sq[i] = v;
    weight[i] = w - p.step_size * m / (std::sqrt(v) + p.eps);
  }
}

}  // namespace

#define EVENKEEL_JOIN2(a, b) a##b
#define EVENKEEL_JOIN(a, b) EVENKEEL_JOIN2(a, b)
#define EVENKEEL_QUOTE2(a) #a
#define EVENKEEL_QUOTE(a) EVENKEEL_QUOTE2(a)

using namespace EVENKEEL_TABLE;  // the kernels of the other files
extern const Kernels EVENKEEL_JOIN(kernels_, EVENKEEL_TABLE);
// In the order of their declaration.
const Kernels EVENKEEL_JOIN(kernels_, EVENKEEL_TABLE) = {
    EVENKEEL_QUOTE(EVENKEEL_TABLE),
    // Element-wise, sums, normalization
    add, mul, scale_shift, relu, add_relu, relu_backward, sum, moments, normalize, normalize_mask,
    normalize_sums, normalize_backward,
    // Products
    tile_product, indirect_product, shifted_product, row_dots,
    // Images
    copy_rows, max_windows, max_windows_backward, mean_windows, mean_windows_backward, transpose,
    // Winograd
    winograd_image, winograd_result, winograd_gradient, winograd_weight, winograd_weight_gradient,
    winograd_rows_image, winograd_rows_result,
    // Optimizers
    sgd, adam};

}  // namespace ek
