// Products of planes of pixels with the same planes shifted: what a direct convolution is made of (the algorithm stands
// in core/direct_conv.cpp). Compiled once per instruction set.
#include "core/kernels/parts.h"
#include "core/kernels/vec.h"

namespace ek {
namespace {

// ---- Product ------------------------------------------------------------------------------------
// Loop nest of shifted_product, from the outside:
//   pixels in tiles of V vectors       the planes of a band lie in the L2 cache, what one tile reads of them in L1
//     channels in tiles of R           the weights of the block lie in L1 or L2
//       k                              R x V vectors of c stay in registers:
//         c[tile] += weight[k, tile] * x[offset[k] + tile]     per k, load V vectors of x, broadcast R weights
// AVX-512 has 32 registers: 8 x 3 sums, 3 vectors of x, 1 broadcast. AVX2 and SSE have 16: 4 x 3 sums.
// Each sum is one chain of fused multiply-adds in the order of k, whatever the vector width.

#if defined(__AVX512F__)
constexpr int kRows = 8;
#else
constexpr int kRows = 4;
#endif
constexpr int kVectors = 3;

template <int R, int V>
void product_tile(const ShiftedProduct& p, std::int64_t o, const Real* const (&x)[V], Real* const (&c)[V]) {
  for (int r = 0; r < R; ++r)
    for (int v = 0; v < V; ++v) __builtin_prefetch(c[v] + (o + r) * p.c.channel, 1);
  Vec sum[R][V] = {};
  const Real* w = p.weight + o;
  for (std::int64_t k = 0; k < p.k; ++k, w += kOutBlock) {
    Vec pixels[V];
    for (int v = 0; v < V; ++v) pixels[v] = load(x[v] + p.offset[k]);
    for (int r = 0; r < R; ++r)
      for (int v = 0; v < V; ++v) sum[r][v] += w[r] * pixels[v];
  }
#pragma GCC unroll 8  // a loop left as one would need the sums in memory
  for (int r = 0; r < R; ++r)
    for (int v = 0; v < V; ++v) {
      const Vec y = sum[r][v] + p.bias[o + r];
      store(c[v] + (o + r) * p.c.channel, p.relu ? max0(y) : y);
    }
}

/// The next `vectors` of pixels from (y, q) on. A row's last vector begins early enough to end with the row: what it shares
/// with the one before is computed twice, with the same bits.
template <int V>
void product_tiles(const ShiftedProduct& p, std::int64_t y, std::int64_t q, std::int64_t vectors) {
  for (; vectors >= V; vectors -= V) {
    const Real* x[V];
    Real* c[V];
    for (int v = 0; v < V; ++v) {
      const std::int64_t column = q + kL <= p.columns ? q : p.columns - kL;
      x[v] = p.x.values + y * p.x.row + column;
      c[v] = p.c.values + y * p.c.row + column;
      q += kL;
      if (q >= p.columns) q = 0, ++y;
    }
    for (std::int64_t o = 0; o < kOutBlock; o += kRows) product_tile<kRows, V>(p, o, x, c);
  }
  if constexpr (V > 1) product_tiles<V - 1>(p, y, q, vectors);
}

// ---- Dots ---------------------------------------------------------------------------------------
// Loop nest of shifted_dots, from the outside:
//   m in tiles of R, k in tiles of T
//     images, pixels                   R x T vectors of partial sums stay in registers:
//       lanes[tile] += a[tile, q] * x[offset[tile] + q]        per vector of pixels, load R of a and T of x
// A sum is kept in kLanes partial sums, pixel q in lane q mod kLanes, added pairwise at the end: the same order whatever
// the vector width. Where a vector is narrower than that, the tile is done once for each part of the lanes.

constexpr int kLanes = 16;
static_assert(kLanes == kChannelBlock && kLanes % kL == 0);
constexpr int kParts = kLanes / kL;

#if defined(__AVX512F__)
constexpr int kDotRows = 4, kDotTaps = 6;
#else
constexpr int kDotRows = 2, kDotTaps = 4;
#endif

/// totals[i] = lanes[i][0] + ... + lanes[i][kLanes - 1], pairwise, for all sums of a tile at once: with the lanes turned
/// into rows, a vector holds one lane of many sums.
template <int Sums>
void add_lanes(const Real (&lanes)[Sums][kLanes], Real (&totals)[Sums]) {
  Real turned[kLanes][Sums];
  EVENKEEL_TABLE::transpose(Sums, kLanes, lanes[0], kLanes, turned[0], Sums);
  for (int half = kLanes / 2; half > 0; half /= 2)
    for (int l = 0; l < half; ++l)
      for (int i = 0; i < Sums; ++i) turned[l][i] += turned[l + half][i];
  for (int i = 0; i < Sums; ++i) totals[i] = turned[0][i];
}

template <int R, int T>
void dots_tile(const ShiftedDots& p, std::int64_t row, std::int64_t tap) {
  constexpr int kSums = (R * T + kL - 1) / kL * kL;  // whole vectors for add_lanes
  Real lanes[kSums][kLanes], totals[kSums];
  for (int i = R * T; i < kSums; ++i)
    for (int l = 0; l < kLanes; ++l) lanes[i][l] = 0;
  const std::int64_t* offset = p.offset + tap;
  for (int part = 0; part < kParts; ++part) {
    Vec sum[R][T] = {};
    for (std::int64_t b = 0; b < p.images; ++b) {
      const Real *a = p.a.values + b * p.a.image + row * p.a.channel, *x = p.x.values + b * p.x.image;
      for (std::int64_t y = 0; y < p.rows; ++y, a += p.a.row, x += p.x.row)
        for (std::int64_t q = part * kL; q < p.columns; q += kLanes) {
          Vec left[R];
          for (int r = 0; r < R; ++r) left[r] = load(a + r * p.a.channel + q);
          for (int t = 0; t < T; ++t) {
            const Vec pixels = load(x + offset[t] + q);
            for (int r = 0; r < R; ++r) sum[r][t] += left[r] * pixels;
          }
        }
    }
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r)
      for (int t = 0; t < T; ++t) store(lanes[r * T + t] + part * kL, sum[r][t]);
  }
  add_lanes(lanes, totals);
  for (int r = 0; r < R; ++r)
    for (int t = 0; t < T; ++t) p.sums[(row + r) * p.k + tap + t] += totals[r * T + t];
}

template <int R, int T>
void dots_taps(const ShiftedDots& p, std::int64_t row, std::int64_t tap) {
  for (; tap + T <= p.k; tap += T) dots_tile<R, T>(p, row, tap);
  if constexpr (T > 1) dots_taps<R, T / 2>(p, row, tap);
}

template <int R>
void dots_rows(const ShiftedDots& p, std::int64_t row) {
  for (; row + R <= p.m; row += R) dots_taps<R, kDotTaps>(p, row, 0);
  if constexpr (R > 1) dots_rows<R / 2>(p, row);
}

}  // namespace

namespace EVENKEEL_TABLE {

void shifted_product(const ShiftedProduct& p) {
  product_tiles<kVectors>(p, 0, 0, p.rows * ((p.columns + kL - 1) / kL));
}
void shifted_dots(const ShiftedDots& p) { dots_rows<kDotRows>(p, 0); }

}  // namespace EVENKEEL_TABLE
}  // namespace ek
