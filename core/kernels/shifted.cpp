// Products of planes of pixels with the same planes shifted: what a direct convolution is made of (the algorithm stands
// in core/fast/direct_conv.cpp). Compiled once per instruction set.
#include <cstdint>
#include <limits>

#include "evenkeel/core/base/real.h"
#include "evenkeel/core/kernels/kernels.h"
#include "evenkeel/core/kernels/parts.h"
#include "evenkeel/core/kernels/vec.h"

namespace ek {
namespace {

// Loop nest of shifted_product, from the outside:
//   pixels in tiles of V vectors       the planes of a band lie in the L2 cache, what one tile reads of them in L1
//     channels in tiles of R           the weights of the block lie in L1 or L2
//       k                              R x V vectors of c stay in registers:
//         c[tile] += weight[k, tile] * x[offset[k] + tile]     per k, load V vectors of x, broadcast R weights
// AVX-512 has 32 registers: 8 x 3 sums, 3 vectors of x, 1 broadcast. AVX2 and SSE have 16: 4 x 3 sums.
// Each sum is one chain of fused multiply-adds in the order of k, whatever the vector width.

constexpr int kRows = kRegisters == 32 ? 8 : 4, kVectors = 3;
constexpr Real kLowest = -std::numeric_limits<Real>::infinity();

template <int R, int V>
void product_tile(const ShiftedProduct& p, std::int64_t o, const Real* const (&x)[V],
                  Real* const (&c)[V]) {
  Vec sum[R][V] = {};
  const Real* w = p.weight + o;
  for (std::int64_t k = 0; k < p.k; ++k, w += kOutBlock) {
    Vec pixels[V];
    for (int v = 0; v < V; ++v) pixels[v] = load(x[v] + p.offset[k]);
    for (int r = 0; r < R; ++r)
      for (int v = 0; v < V; ++v) sum[r][v] += w[r] * pixels[v];
  }
  // Copies, because for all that the compiler knows, a store to c might change p.
  const Real low = p.relu ? 0 : kLowest, *bias = p.bias + o;
  const std::int64_t channel = p.c.channel;
#pragma GCC unroll 8  // a loop left as one would need the sums in memory
  for (int r = 0; r < R; ++r)
    for (int v = 0; v < V; ++v) {
      const Vec y = sum[r][v] + bias[r];
      store(c[v] + (o + r) * channel, y < low ? Vec{} + low : y);
    }
}

/// The next `vectors` of pixels from (y, q) on. A row's last vector begins early enough to end with the row: what it shares
/// with the one before is computed twice, with the same bits.
/// As few tiles as there can be, of nearly the same width: in a narrow one, loads outweigh the products.
template <int V>
void product_tiles(const ShiftedProduct& p, std::int64_t y, std::int64_t q, std::int64_t vectors) {
  const std::int64_t narrow = (V - vectors % V) % V;  // tiles of V - 1
  for (; vectors > narrow * (V - 1); vectors -= V) {
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

}  // namespace

namespace EVENKEEL_TABLE {

void shifted_product(const ShiftedProduct& p) {
  product_tiles<kVectors>(p, 0, 0, p.rows * ((p.columns + kL - 1) / kL));
}

}  // namespace EVENKEEL_TABLE
}  // namespace ek
