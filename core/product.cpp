#include "core/product.h"

#include "core/channels_last.h"
#include "core/op.h"

namespace ek {
namespace {

constexpr std::int64_t kPanel = 64;  // columns of B that the tile kernel reads at once

/// Below this many multiplications, BLAS has done its work before a panel is packed.
constexpr std::int64_t kLarge = std::int64_t{1} << 21;

/// A result of more values would leave nothing else in the caches, nor stay there itself until it is read: 32 MiB.
constexpr std::int64_t kHuge = std::int64_t{1} << 23;

/// So few rows are multiplied as they lie, without a panel.
constexpr std::int64_t kFewRows = 8;

}  // namespace

bool wide_product_takes(std::int64_t m, std::int64_t n, std::int64_t k) {
  return n % kChannelBlock == 0 && n >= 8 * kPanel && m * n * k >= kLarge;
}

// Loop nest:
//   columns of C in chunks of kChunk, one per call of the body
//     panels of kPanel columns       B's panel is copied, because its rows may lie a power of two apart and would
//                                    fall into the same few sets of the cache; the copy stays in the L2 cache
//       tiles of C's rows            see core/kernels/tiles.cpp; A stays in the L2 cache
void wide_product(std::int64_t m, std::int64_t n, std::int64_t k, const MatrixView& a, const Real* b,
                  std::int64_t b_row, Real* c, std::int64_t c_row) {
  constexpr std::int64_t kChunk = 4 * kPanel;
  const bool stream = m * n > kHuge && c_row % kChannelBlock == 0;  // whole lines
  parallel_for(n, kChunk, [&](std::int64_t begin, std::int64_t end) {
    Tensor packed({k * kPanel});
    Real* panel = packed.mutable_data().data();
    for (std::int64_t j = begin; j < end; j += kPanel) {
      const std::int64_t columns = std::min(kPanel, end - j);
      for (std::int64_t i = 0; i < k; ++i) std::copy_n(b + i * b_row + j, columns, panel + i * columns);
      kernels().tile_product({m, columns, k, a, panel, columns, c + j, c_row, false, stream});
    }
  });
}

bool deep_product_takes(std::int64_t m, std::int64_t n, std::int64_t k) {
  return k >= 1024 && n > kFewRows && m * n * k >= kLarge;
}

// Loop nest:
//   K in at most kMaxSlices slices, one per call of the body; each slice has its own sums [M, N]
//     blocks of kBlock of K          b's block, transposed, stays in the L2 cache: panels [kBlock, kPanel]
//       rows of a, kRows at once     few enough to stay in the L1 cache, which is why a is read from memory once
//         panels of kPanel of N      tiles
// The sums of the slices are added in their order. a, the larger matrix, is read once and never copied.
void deep_product(std::int64_t m, std::int64_t n, std::int64_t k, const Real* a, const Real* b, Real* c) {
  constexpr std::int64_t kMaxSlices = 16, kBlock = 1024, kRows = 6;
  const std::int64_t step = std::max(kBlock, (k + kMaxSlices - 1) / kMaxSlices), slices = (k + step - 1) / step;
  const std::int64_t width = padded_channels(n);
  Tensor partial({slices, m * width});
  Real* sums = partial.mutable_data().data();
  parallel_for(k, step, [&](std::int64_t begin, std::int64_t end) {
    Tensor packed = Tensor::zeros({kBlock * width});
    Real *panels = packed.mutable_data().data(), *to = sums + begin / step * m * width;
    for (std::int64_t i = begin; i < end; i += kBlock) {
      const std::int64_t depth = std::min(kBlock, end - i);
      for (std::int64_t j = 0; j < n; j += kPanel)
        kernels().transpose(std::min(kPanel, n - j), depth, b + j * k + i, k, panels + j * depth,
                            std::min(kPanel, width - j));
      for (std::int64_t r = 0; r < m; r += kRows)
        for (std::int64_t j = 0; j < n; j += kPanel) {
          const std::int64_t rows = std::min(kRows, m - r), columns = std::min(kPanel, width - j);
          Real* sum = to + r * width + j;
          kernels().tile_product(
              {rows, columns, depth, {a + r * k + i, k, 1}, panels + j * depth, columns, sum, width, i != begin});
        }
    }
  });
  parallel_for(m, kChannelBlock, [&](std::int64_t begin, std::int64_t end) {
    Real* first = sums + begin * width;
    for (std::int64_t s = 1; s < slices; ++s)
      kernels().add((end - begin) * width, first, sums + s * m * width + begin * width, first);
    kernels().transpose(end - begin, n, first, width, c + begin, m);
  });
}

bool dot_product_takes(std::int64_t m, std::int64_t n, std::int64_t k) {
  return n <= kFewRows && k >= 8 * kChannelBlock && m * n * k >= kLarge / 16;
}

// Every element of C is the dot product of a row of a and a row of b. What fills no whole vector at the rows' ends is
// added behind.
void dot_product(std::int64_t m, std::int64_t n, std::int64_t k, const Real* a, const Real* b, Real* c) {
  constexpr std::int64_t kRows = 16;
  const std::int64_t whole = k / kChannelBlock * kChannelBlock;
  parallel_for(m, kRows, [&](std::int64_t begin, std::int64_t end) {
    std::array<Real, kRows * kFewRows> sums;  // [end - begin, N]
    kernels().row_dots({end - begin, n, whole, a + begin * k, k, b, k, sums.data()});
    for (std::int64_t i = begin; i < end; ++i)
      for (std::int64_t j = 0; j < n; ++j) {
        Real sum = sums[static_cast<std::size_t>((i - begin) * n + j)];
        for (std::int64_t q = whole; q < k; ++q) sum += a[i * k + q] * b[j * k + q];
        c[j * m + i] = sum;
      }
  });
}

}  // namespace ek
