#include "evenkeel/core/fast/product.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>

#include "evenkeel/core/base/checked.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/fast/channels_last.h"
#include "evenkeel/core/kernels/kernels.h"
#include "evenkeel/core/machine/parallel.h"
#include "evenkeel/core/tensor/op.h"
#include "evenkeel/core/tensor/tensor.h"

namespace ek {
namespace {

constexpr std::int64_t kPanel = 64;  // columns of B that the tile kernel reads at once

/// Below this many multiplications, BLAS has done its work before a panel is packed.
constexpr std::int64_t kLarge = std::int64_t{1} << 21;

/// So few rows are multiplied as they lie, without a panel.
constexpr std::int64_t kFewRows = 8;

}  // namespace

bool wide_product_takes(std::int64_t m, std::int64_t n, std::int64_t k) {
  return n % kChannelBlock == 0 && n >= 8 * kPanel && capped_product(m * n, k) >= kLarge;
}

// Loop nest:
//   columns of C in chunks, one per call of the body
//                                    B's columns are copied, into panels: its rows may lie a power of two apart and would
//                                    fall into the same few sets of the cache. Several panels at once, so that memory is
//                                    read in long runs; the copy stays in the L2 cache
//     strips of kRows rows of C      a consumer takes each while it is in the cache; its own arrays have been asked of the
//                                    memory meanwhile: of more rows than these, a power of two apart, some would be lost
//       panels of kPanel columns     tiles: see core/kernels/tiles.cpp
void wide_product(std::int64_t m, std::int64_t n, std::int64_t k, const Real* a, const Real* b,
                  Real* c, const Consumer* to) {
  constexpr std::int64_t kRows = 12, kMaxChunk = 16 * kPanel, kPacked = std::int64_t{1} << 18,
                         kMinChunks = 8;
  const std::int64_t chunk =
      std::clamp(std::min(kPacked / k, n / kMinChunks) / kPanel * kPanel, kPanel, kMaxChunk);
  parallel_for(n, chunk, [&](std::int64_t begin, std::int64_t end) {
    const std::int64_t width = end - begin;
    Tensor packed({k * width}), strip({c ? 0 : kRows * width});
    Real *panels = packed.mutable_data().data(), *sums = strip.mutable_data().data();
    for (std::int64_t i = 0; i < k; ++i)
      for (std::int64_t j = 0; j < width; j += kPanel) {
        const std::int64_t columns = std::min(kPanel, width - j);
        std::copy_n(b + i * n + begin + j, columns, panels + j * k + i * columns);
      }
    for (std::int64_t r = 0; r < m; r += kRows) {
      const std::int64_t rows = std::min(kRows, m - r), first = r * n + begin, row = c ? n : width;
      for (std::int64_t j = 0; j < width; j += kPanel) {
        const std::int64_t columns = std::min(kPanel, width - j);
        const TileProduct p = {.m = rows,
                               .n = columns,
                               .k = k,
                               .a = {a + r * k, k, 1},
                               .b = panels + j * k,
                               .b_row = columns,
                               .c = (c ? c + first : sums) + j,
                               .c_row = row};
        if (to) {
          kernels().prefetching_product(
              {p, {to->beside.data(), std::ssize(to->beside), first + j, n}});
        } else {
          kernels().tile_product(p);
        }
      }
      for (std::int64_t i = 0; i < rows && to; ++i)
        to->take(first + i * n, width, sums + i * width);
    }
  });
}

bool deep_product_takes(std::int64_t m, std::int64_t n, std::int64_t k) {
  return k >= 1024 && n > kFewRows && capped_product(m * n, k) >= kLarge;
}

// Loop nest:
//   K in at most kMaxSlices slices, one per call of the body; each slice has its own sums [M, N]
//     blocks of kBlock of K          b's block, transposed, stays in the L2 cache: panels [kBlock, kPanel]
//       rows of a, kRows at once     few enough to stay in the L1 cache, which is why a is read from memory once
//         panels of kPanel of N      tiles
// The sums of the slices are added in their order. a, the larger matrix, is read once and never copied.
void deep_product(std::int64_t m, std::int64_t n, std::int64_t k, const Real* a, const Real* b,
                  Real* c) {
  constexpr std::int64_t kMaxSlices = 16, kBlock = 1024, kRows = 6;
  const std::int64_t step = std::max(kBlock, (k + kMaxSlices - 1) / kMaxSlices),
                     slices = (k + step - 1) / step;
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
          kernels().tile_product({rows,
                                  columns,
                                  depth,
                                  {a + r * k + i, k, 1},
                                  panels + j * depth,
                                  columns,
                                  sum,
                                  width,
                                  i != begin});
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
  return n <= kFewRows && k % kChannelBlock == 0 && k >= 8 * kChannelBlock &&
         capped_product(m * n, k) >= kLarge / 16;
}

// Every element of C is the dot product of a row of a and a row of b.
void dot_product(std::int64_t m, std::int64_t n, std::int64_t k, const Real* a, const Real* b,
                 Real* c) {
  constexpr std::int64_t kRows = 16;
  parallel_for(m, kRows, [&](std::int64_t begin, std::int64_t end) {
    std::array<Real, kRows * kFewRows> sums;  // [end - begin, N]
    kernels().row_dots({end - begin, n, k, a + begin * k, k, b, k, sums.data()});
    for (std::int64_t i = begin; i < end; ++i)
      for (std::int64_t j = 0; j < n; ++j)
        c[j * m + i] = sums[static_cast<std::size_t>((i - begin) * n + j)];
  });
}

}  // namespace ek
