// Products of small matrices, of which large ones and convolutions are made. For the files of core/kernels only.
// Loop nest, from the outside:
//   columns of C in panels of kVectors vectors     the panel of B is read for every tile and stays in the L2 cache
//     rows of C in tiles of kRows
//       k                                          kRows x kVectors vectors of C stay in registers:
//         C[tile] += A[tile, k] * B[k, panel]      per k, load kVectors vectors of B, broadcast kRows values of A
// AVX-512 has 32 registers: 6 x 4 sums, 4 vectors of B, 1 broadcast. AVX2 and SSE have 16: 6 x 2 sums.
// In indirect_product every row of A has an address of its own, which takes a register: tiles of 8 x 2, or else 6 x 2.
// Each sum is one chain of fused multiply-adds in the order of k, whatever the vector width.
#pragma once

#include <algorithm>
#include <cstdint>

#include "evenkeel/core/base/real.h"
#include "evenkeel/core/kernels/kernels.h"
#include "evenkeel/core/kernels/vec.h"

namespace ek {
namespace {

constexpr int kRows = 6, kVectors = kRegisters == 32 ? 4 : 2,
              kIndirectRows = kRegisters == 32 ? 8 : 6;
constexpr int kMostRows = 12;  // of a narrower tile: the addresses of more do not fit the registers

// Element (i, k) of A is row_of(p, i)[column_of(p, k)].
inline const Real* row_of(const TileProduct& p, std::int64_t i) { return p.a.values + i * p.a.row; }
inline const Real* row_of(const IndirectProduct& p, std::int64_t i) {
  return p.a.values + p.row[i];
}
inline std::int64_t column_of(const TileProduct& p, std::int64_t k) { return k * p.a.column; }
inline std::int64_t column_of(const IndirectProduct& p, std::int64_t k) { return p.column[k]; }

/// sum += A[tile, k] B[k, panel] for k in [begin, end)
template <int R, int V, typename Product>
[[gnu::always_inline]] inline void add_steps(const Product& p, const Real* const (&a)[R],
                                             const Real* b, std::int64_t begin, std::int64_t end,
                                             Vec (&sum)[R][V]) {
  for (std::int64_t k = begin; k < end; ++k) {
    Vec values[V];
    for (int v = 0; v < V; ++v) values[v] = load(b + k * p.b_row + v * kL);
    for (int r = 0; r < R; ++r) {
      const Real value = a[r][column_of(p, k)];
      for (int v = 0; v < V; ++v) sum[r][v] += value * values[v];
    }
  }
}

/// All steps of the tile from (row, column) of C on. Another kind of product has its own: prefetching.cpp.
template <int R, int V, typename Product>
[[gnu::always_inline]] inline void add_all_steps(const Product& p, const Real* const (&a)[R],
                                                 const Real* b, std::int64_t, std::int64_t,
                                                 Vec (&sum)[R][V]) {
  add_steps(p, a, b, 0, p.k, sum);
}

/// From (row, column) of C on.
template <int R, int V, typename Product>
void tile(const Product& p, std::int64_t row, std::int64_t column) {
  const Real* a[R];
  for (int r = 0; r < R; ++r) a[r] = row_of(p, row + r);
  Vec sum[R][V] = {};
  add_all_steps(p, a, p.b + column, row, column, sum);
  Real* c = p.c + row * p.c_row + column;
  const std::int64_t c_row = p.c_row;
  if (p.add)
#pragma GCC unroll 16  // a loop left as one would need the sums in memory
    for (int r = 0; r < R; ++r)
      for (int v = 0; v < V; ++v) sum[r][v] += load(c + r * c_row + v * kL);
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r)
    for (int v = 0; v < V; ++v) store(c + r * c_row + v * kL, sum[r][v]);
}

/// The tile of `rows` <= R rows.
template <int R, int V, typename Product>
void tile_of(std::int64_t rows, const Product& p, std::int64_t row, std::int64_t column) {
  if (rows == R)
    tile<R, V>(p, row, column);
  else if constexpr (R > 1)
    tile_of<R - 1, V>(rows, p, row, column);
}

/// As few tiles as there can be, of nearly the same number of rows: in a tile of one or two, each sum waits for itself.
template <int R, int V, typename Product>
void all_rows(const Product& p, std::int64_t column) {
  const std::int64_t tiles = (p.m + R - 1) / R;
  for (std::int64_t i = 0, row = 0, rows = 0; i < tiles; ++i, row += rows) {
    rows = p.m / tiles + (i < p.m % tiles);
    tile_of<R, V>(rows, p, row, column);
  }
}

template <int R, int V, int kMost, typename Product>
void all_columns(const Product& p, std::int64_t column) {
  for (; column + V * kL <= p.n; column += V * kL) all_rows<R, V>(p, column);
  if constexpr (V > 1) all_columns<std::min(R * 2, kMost), V / 2, kMost>(p, column);
}

}  // namespace
}  // namespace ek
