// A product that prefetches other arrays meanwhile: those that an optimizer will read and write with the product's result
// while that is in the cache. Compiled once per instruction set.
#include <cstdint>

#include "evenkeel/core/base/real.h"
#include "evenkeel/core/kernels/kernels.h"
#include "evenkeel/core/kernels/parts.h"
#include "evenkeel/core/kernels/tile.h"
#include "evenkeel/core/kernels/vec.h"

namespace ek {
namespace {

/// Between the steps of k one row of one array is prefetched at a time: all at once, the product would wait for them.
template <int R, int V>
[[gnu::always_inline]] inline void add_all_steps(const PrefetchingProduct& p,
                                                 const Real* const (&a)[R], const Real* b,
                                                 std::int64_t row, std::int64_t column,
                                                 Vec (&sum)[R][V]) {
  const std::int64_t rows = R * p.ahead.count, steps = rows > 0 ? p.k / rows : 0;
  for (std::int64_t i = 0; i < rows; ++i) {
    const Real* next = p.ahead.arrays[i / R] + p.ahead.first + (row + i % R) * p.ahead.row + column;
    for (int v = 0; v < V; ++v) __builtin_prefetch(next + v * kL);
    add_steps(p, a, b, i * steps, (i + 1) * steps, sum);
  }
  add_steps(p, a, b, rows * steps, p.k, sum);
}

}  // namespace

namespace EVENKEEL_TABLE {

void prefetching_product(const PrefetchingProduct& p) {
  all_columns<kRows, kVectors, kMostRows>(p, 0);
}

}  // namespace EVENKEEL_TABLE
}  // namespace ek
