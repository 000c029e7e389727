// Products of small matrices and transposition: what convolutions are made of. Compiled once per instruction set.
#include <algorithm>
#include <utility>

#include "core/kernels/parts.h"
#include "core/kernels/vec.h"

namespace ek {
namespace {

// ---- Product ------------------------------------------------------------------------------------
// Loop nest of tile_product, from the outside:
//   columns of C in panels of kVectors vectors     the panel of B is read for every tile and stays in the L2 cache
//     rows of C in tiles of kRows
//       k                                          kRows x kVectors vectors of C stay in registers:
//         C[tile] += A[tile, k] * B[k, panel]      per k, load kVectors vectors of B, broadcast kRows values of A
// AVX-512 has 32 registers: 6 x 4 sums, 4 vectors of B, 1 broadcast. AVX2 and SSE have 16: 6 x 2 sums.
// Each sum is one chain of fused multiply-adds in the order of k, whatever the vector width.

#if defined(__AVX512F__)
constexpr int kVectors = 4, kRows = 6;
#else
constexpr int kVectors = 2, kRows = 6;
#endif
constexpr int kMostRows = 12;  // of a narrower tile: the addresses of more do not fit the registers

template <int R, int V>
void tile(const TileProduct& p, const Real* a, const Real* b, Real* c) {
  Vec sum[R][V] = {};
  for (std::int64_t k = 0; k < p.k; ++k) {
    Vec row[V];
    for (int v = 0; v < V; ++v) row[v] = load(b + k * p.b_row + v * kL);
    for (int r = 0; r < R; ++r) {
      const Real value = a[r * p.a.row + k * p.a.column];
      for (int v = 0; v < V; ++v) sum[r][v] += value * row[v];
    }
  }
#pragma GCC unroll 16  // a loop left as one would need the sums in memory
  for (int r = 0; r < R; ++r)
    for (int v = 0; v < V; ++v) {
      Real* to = c + r * p.c_row + v * kL;
      store(to, p.add ? load(to) + sum[r][v] : sum[r][v]);
    }
}

template <int R, int V>
void all_rows(const TileProduct& p, std::int64_t from, const Real* b, Real* c) {
  for (; from + R <= p.m; from += R) tile<R, V>(p, p.a.values + from * p.a.row, b, c + from * p.c_row);
  if constexpr (R > 1) all_rows<R / 2, V>(p, from, b, c);
}

template <int R, int V>
void all_columns(const TileProduct& p, std::int64_t from) {
  for (; from + V * kL <= p.n; from += V * kL) all_rows<R, V>(p, 0, p.b + from, p.c + from);
  if constexpr (V > 1) all_columns<std::min(R * 2, kMostRows), V / 2>(p, from);
}

// ---- Transposition ------------------------------------------------------------------------------

// (a0, b0, a1, b1, ...) of the lower or upper halves, which start at kFirst.
template <int kFirst, int... I>
inline Vec zip(Vec a, Vec b, std::integer_sequence<int, I...>) {
  return __builtin_shufflevector(a, b, (kFirst + I / 2 + I % 2 * kL)...);
}

/// A block of kL x kL in registers: zipping rows i and i + kL/2, for all i, log2(kL) times, is the transposition.
void transpose_block(const Real* x, std::int64_t x_row, Real* y, std::int64_t y_row) {
  constexpr auto lanes = std::make_integer_sequence<int, kL>();
  Vec v[kL], zipped[kL];
  for (int i = 0; i < kL; ++i) v[i] = load(x + i * x_row);
  for (int step = 1; step < kL; step *= 2) {
    for (int i = 0; i < kL / 2; ++i) {
      zipped[2 * i] = zip<0>(v[i], v[i + kL / 2], lanes);
      zipped[2 * i + 1] = zip<kL / 2>(v[i], v[i + kL / 2], lanes);
    }
    for (int i = 0; i < kL; ++i) v[i] = zipped[i];
  }
  for (int i = 0; i < kL; ++i) store(y + i * y_row, v[i]);
}

}  // namespace

namespace EVENKEEL_TABLE {

void tile_product(const TileProduct& p) { all_columns<kRows, kVectors>(p, 0); }

void transpose(std::int64_t rows, std::int64_t columns, const Real* x, std::int64_t x_row, Real* y,
               std::int64_t y_row) {
  const std::int64_t whole_rows = rows / kL * kL, whole_columns = columns / kL * kL;
  for (std::int64_t r = 0; r < whole_rows; r += kL)
    for (std::int64_t c = 0; c < whole_columns; c += kL)
      transpose_block(x + r * x_row + c, x_row, y + c * y_row + r, y_row);
  for (std::int64_t c = whole_columns; c < columns; ++c)
    for (std::int64_t r = 0; r < whole_rows; ++r) y[c * y_row + r] = x[r * x_row + c];
  for (std::int64_t r = whole_rows; r < rows; ++r)
    for (std::int64_t c = 0; c < columns; ++c) y[c * y_row + r] = x[r * x_row + c];
}

}  // namespace EVENKEEL_TABLE
}  // namespace ek
