// Element-wise loops over vectors. For the files of core/kernels only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "evenkeel/core/base/real.h"
#include "evenkeel/core/kernels/vec.h"

namespace ek {
namespace {

// How many values ahead are prefetched: the processor's own guess ends with a page.
constexpr int kAhead = 512;

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

/// g where y is above zero (or NaN), else 0.
inline auto masked(auto y, auto g) { return y <= 0 ? decltype(y){} : g; }

}  // namespace
}  // namespace ek
