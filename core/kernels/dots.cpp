// Dot products of long rows: what a product of matrices is where one of them has few rows. Compiled once per instruction
// set.
#include <cstdint>

#include "evenkeel/core/base/real.h"
#include "evenkeel/core/kernels/kernels.h"
#include "evenkeel/core/kernels/parts.h"
#include "evenkeel/core/kernels/vec.h"

namespace ek {
namespace {

// Loop nest, from the outside:
//   rows of A in tiles of R, rows of B in tiles of T
//     k                                        R x T vectors of partial sums stay in registers:
//       lanes[tile] += A[tile, k] * B[tile, k]         per vector of k, load R of A and T of B
// A sum is kept in kLanes chains of fused multiply-adds, element k in lane k mod kLanes, added pairwise at the end: the
// same order whatever the vector width. Where a vector is narrower than that, the tile is done once for each part of the
// lanes.

constexpr int kLanes = 16;
static_assert(kLanes == kChannelBlock && kLanes % kL == 0);

constexpr int kRows = kRegisters == 32 ? 4 : 2, kColumns = kRegisters == 32 ? 6 : 4;

template <int R, int T>
void tile(const RowDots& p, std::int64_t row, std::int64_t column) {
  Real lanes[R * T][kLanes];
  const Real *a = p.a + row * p.a_row, *b = p.b + column * p.b_row;
  for (int part = 0; part < kLanes; part += kL) {
    Vec sum[R][T] = {};
    for (std::int64_t k = part; k < p.k; k += kLanes) {
      Vec left[R];
      for (int r = 0; r < R; ++r) left[r] = load(a + r * p.a_row + k);
      for (int t = 0; t < T; ++t) {
        const Vec right = load(b + t * p.b_row + k);
        for (int r = 0; r < R; ++r) sum[r][t] += left[r] * right;
      }
    }
#pragma GCC unroll 8  // a loop left as one would need the sums in memory
    for (int r = 0; r < R; ++r)
      for (int t = 0; t < T; ++t) store(lanes[r * T + t] + part, sum[r][t]);
  }
  for (int i = 0; i < R * T; ++i) {
    for (int half = kLanes / 2; half > 0; half /= 2)
      for (int l = 0; l < half; ++l) lanes[i][l] += lanes[i][l + half];
    p.c[(row + i / T) * p.n + column + i % T] = lanes[i][0];
  }
}

template <int R, int T>
void all_columns(const RowDots& p, std::int64_t row, std::int64_t column) {
  for (; column + T <= p.n; column += T) tile<R, T>(p, row, column);
  if constexpr (T > 1) all_columns<R, T - 1>(p, row, column);
}

template <int R>
void all_rows(const RowDots& p, std::int64_t row) {
  for (; row + R <= p.m; row += R) all_columns<R, kColumns>(p, row, 0);
  if constexpr (R > 1) all_rows<R / 2>(p, row);
}

}  // namespace

namespace EVENKEEL_TABLE {

void row_dots(const RowDots& p) { all_rows<kRows>(p, 0); }

}  // namespace EVENKEEL_TABLE
}  // namespace ek
