// Products of small matrices and transposition: what convolutions are made of. Compiled once per instruction set.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>

#include "evenkeel/core/base/real.h"
#include "evenkeel/core/kernels/kernels.h"
#include "evenkeel/core/kernels/parts.h"
#include "evenkeel/core/kernels/vec.h"

namespace ek {
namespace {

// ---- Product ------------------------------------------------------------------------------------
// Loop nest of tile_product, from the outside:
//   columns of C in panels of kVectors vectors     the panel of B is read for every tile and stays in the L2 cache
//     rows of C in tiles of kRows
//       k                                          kRows x kVectors vectors of C stay in registers:
//         C[tile] += A[tile, k] * B[k, panel]      per k, load kVectors vectors of B, broadcast kRows values of A
// AVX-512 has 32 registers: 6 x 4 sums, 4 vectors of B, 1 broadcast. AVX2 and SSE have 16: 6 x 2 sums.
// In indirect_product every row of A has an address of its own, which takes a register: tiles of 8 x 2, or else 6 x 2.
// Each sum is one chain of fused multiply-adds in the order of k, whatever the vector width.

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

/// From (row, column) of C on. What is wanted soon is asked for between the steps of k, a row of an array at a time: all at
/// once, the product would wait for it.
template <int R, int V, typename Product>
void tile(const Product& p, std::int64_t row, std::int64_t column) {
  const Real *a[R], *b = p.b + column;
  for (int r = 0; r < R; ++r) a[r] = row_of(p, row + r);
  Real* c = p.c + row * p.c_row + column;
  Vec sum[R][V] = {};
  const std::int64_t wanted = R * p.soon.count, pause = wanted > 0 ? p.k / wanted : 0;
  for (std::int64_t k = 0, i = 0; k < p.k; ++i) {
    for (int v = 0; v < V && i < wanted; ++v)
      __builtin_prefetch(p.soon.arrays[i / R] + p.soon.first + (row + i % R) * p.soon.row + column +
                         v * kL);
    for (const std::int64_t end = i < wanted ? k + pause : p.k; k < end; ++k) {
      Vec values[V];
      for (int v = 0; v < V; ++v) values[v] = load(b + k * p.b_row + v * kL);
      for (int r = 0; r < R; ++r) {
        const Real value = a[r][column_of(p, k)];
        for (int v = 0; v < V; ++v) sum[r][v] += value * values[v];
      }
    }
  }
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

// ---- Transposition ------------------------------------------------------------------------------

// (a0, b0, a1, b1, ...) of the lower or upper halves, which start at kFirst.
template <int kFirst, int... I>
inline Vec zip(Vec a, Vec b, std::integer_sequence<int, I...>) {
  return __builtin_shufflevector(a, b, (kFirst + I / 2 + I % 2 * kL)...);
}

typedef Real Half __attribute__((vector_size(kVectorBytes / 2)));
template <int... I>
inline Vec join_halves(const Real* lower, const Real* upper, std::integer_sequence<int, I...>) {
  Half low, high;
  std::memcpy(&low, lower, sizeof low);
  std::memcpy(&high, upper, sizeof high);
  return __builtin_shufflevector(low, high, I...);
}
template <int... I>
inline void store_halves(Real* lower, Real* upper, Vec v, std::integer_sequence<int, I...>) {
  const Half low = __builtin_shufflevector(v, v, I...),
             high = __builtin_shufflevector(v, v, (I + kL / 2)...);
  std::memcpy(lower, &low, sizeof low);
  std::memcpy(upper, &high, sizeof high);
}

/// A block of R x C, each kL or half of it, in registers; of rows of half a vector, two fill one. Zipping the vectors of
/// the first half with those of the second turns the bits of (row, column) round by one place: after log2(R) times they
/// have changed places.
template <int R, int C>
void transpose_block(const Real* x, std::int64_t x_row, Real* y, std::int64_t y_row) {
  constexpr auto lanes = std::make_integer_sequence<int, kL>();
  constexpr int kCount = R * C / kL;
  Vec v[kCount], zipped[kCount];
  for (int i = 0; i < kCount; ++i)
    if constexpr (C == kL)
      v[i] = load(x + i * x_row);
    else
      v[i] = join_halves(x + 2 * i * x_row, x + (2 * i + 1) * x_row, lanes);
  for (int step = 1; step < R; step *= 2) {
    for (int i = 0; i < kCount / 2; ++i) {
      zipped[2 * i] = zip<0>(v[i], v[i + kCount / 2], lanes);
      zipped[2 * i + 1] = zip<kL / 2>(v[i], v[i + kCount / 2], lanes);
    }
    for (int i = 0; i < kCount; ++i) v[i] = zipped[i];
  }
  for (int i = 0; i < kCount; ++i)
    if constexpr (R == kL)
      store(y + i * y_row, v[i]);
    else
      store_halves(y + 2 * i * y_row, y + (2 * i + 1) * y_row, v[i],
                   std::make_integer_sequence<int, kL / 2>());
}

constexpr int kHalf = kL >= 8 ? kL / 2 : kL;  // narrower blocks would fill no two vectors

template <int R>
void transpose_rows(std::int64_t columns, const Real* x, std::int64_t x_row, Real* y,
                    std::int64_t y_row) {
  std::int64_t c = 0;
  for (; c + kL <= columns; c += kL) transpose_block<R, kL>(x + c, x_row, y + c * y_row, y_row);
  for (; c + kHalf <= columns; c += kHalf)
    transpose_block<R, kHalf>(x + c, x_row, y + c * y_row, y_row);
  for (; c < columns; ++c)
    for (int r = 0; r < R; ++r) y[c * y_row + r] = x[r * x_row + c];
}

}  // namespace

namespace EVENKEEL_TABLE {

void tile_product(const TileProduct& p) { all_columns<kRows, kVectors, kMostRows>(p, 0); }

void indirect_product(const IndirectProduct& p) {
  all_columns<kIndirectRows, 2, kIndirectRows>(p, 0);
}

void transpose(std::int64_t rows, std::int64_t columns, const Real* x, std::int64_t x_row, Real* y,
               std::int64_t y_row) {
  std::int64_t r = 0;
  for (; r + kL <= rows; r += kL) transpose_rows<kL>(columns, x + r * x_row, x_row, y + r, y_row);
  for (; r + kHalf <= rows; r += kHalf)
    transpose_rows<kHalf>(columns, x + r * x_row, x_row, y + r, y_row);
  for (; r < rows; ++r)
    for (std::int64_t c = 0; c < columns; ++c) y[c * y_row + r] = x[r * x_row + c];
}

}  // namespace EVENKEEL_TABLE
}  // namespace ek
