// Winograd's way for the rows, the direct way for the columns. Of four rows of the result and the six rows d of the
// image under them, with the matrices A, B and G of core/fast/winograd.cpp:
//   y[o] = A^T [ sum over c, v of  (G w[o, c, :, v]) * (B^T d[c], v columns further) ]        * element by element
// So each of the six positions is a direct convolution by kernels of one row, six rows for four of the result: half of
// the multiplications, and the rows lie in NCHW as vectors want them, where the two-dimensional way must turn them.
// It wins where there are too few channels to pay for that. dx is the same with mirrored weights.
#include "evenkeel/core/fast/row_winograd.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "evenkeel/core/base/checked.h"
#include "evenkeel/core/base/pair.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/fast/planes.h"
#include "evenkeel/core/fast/winograd.h"
#include "evenkeel/core/kernels/kernels.h"
#include "evenkeel/core/machine/parallel.h"
#include "evenkeel/core/tensor/op.h"
#include "evenkeel/core/tensor/tensor.h"

namespace ek {
namespace {

constexpr std::int64_t kPositions = 6;

constexpr Real G[kPositions][3] = {{Real(1) / 4, 0, 0},
                                   {-Real(1) / 6, -Real(1) / 6, -Real(1) / 6},
                                   {-Real(1) / 6, Real(1) / 6, -Real(1) / 6},
                                   {Real(1) / 24, Real(1) / 12, Real(1) / 6},
                                   {Real(1) / 24, -Real(1) / 12, Real(1) / 6},
                                   {0, 0, 1}};

/// A map often fills a page of memory, at whose end the processor's own prefetching stops: two maps ahead, by hand.
constexpr std::int64_t kAhead = 2, kCacheLine = 64 / sizeof(Real);

void prefetch(const Real* from, std::int64_t values) {
  for (std::int64_t i = 0; i < values; i += kCacheLine) __builtin_prefetch(from + i, 1);
}

/// Transforms V = B^T d of `step` groups, each the six rows of the image under four rows of the result:
/// [6, channels, step, pitch]. `position` apart, a line more than the values: no power of two lies between them.
struct RowTransform {
  std::int64_t channels, height, width, top, left, step, pitch;

  std::int64_t plane() const { return step * pitch; }
  std::int64_t position() const { return channels * plane() + kChannelBlock; }
  /// image [channels, height, width], groups begin, ..., end -> to, where the columns of the border are zeros already.
  void run(const Real* image, std::int64_t begin, std::int64_t end, Real* to) const {
    const std::vector<Real> zeros(static_cast<std::size_t>(width));
    for (std::int64_t c = 0; c < channels; ++c, image += height * width)
      for (std::int64_t g = begin; g < end; ++g) {
        const Real* rows[6];
        for (std::int64_t i = 0; i < 6; ++i) {
          const std::int64_t row = 4 * g + i - top;
          rows[i] = row >= 0 && row < height ? image + row * width : zeros.data();
        }
        prefetch(image + (kAhead * height + 4 * g) * width, 4 * width);
        kernels().winograd_rows_image(width, rows, to + c * plane() + (g - begin) * pitch + left,
                                      position());
      }
  }
};

/// U = G w of every column w of a kernel: [6, blocks, taps, kOutBlock], taps in the order [C, KW].
std::vector<Real> weight_transform(const ConvShape& s, const Real* weight) {
  const std::int64_t taps = s.in_channels * s.kernel.w,
                     blocks = ceil_div(s.out_channels, kOutBlock);
  std::vector<Real> u(static_cast<std::size_t>(kPositions * blocks * taps * kOutBlock));
  for (std::int64_t o = 0; o < s.out_channels; ++o)
    for (std::int64_t tap = 0; tap < taps; ++tap) {
      const Real* w =
          weight + (o * s.in_channels + tap / s.kernel.w) * 3 * s.kernel.w + tap % s.kernel.w;
      for (std::int64_t p = 0; p < kPositions; ++p)
        u[static_cast<std::size_t>(((p * blocks + o / kOutBlock) * taps + tap) * kOutBlock +
                                   o % kOutBlock)] =
            G[p][0] * w[0] + G[p][1] * w[s.kernel.w] + G[p][2] * w[2 * s.kernel.w];
    }
  return u;
}

}  // namespace

bool row_winograd_takes(const ConvShape& s) {
  return winograd_enabled() && s.kernel.h == 3 && s.stride == Pair(1) && s.dilation == Pair(1) &&
         s.groups == 1 && std::min(s.width, s.out_width) >= kChannelBlock &&
         std::min(s.in_channels, s.out_channels) >= 8;
}

// Loop nest:
//   bands of groups of an image          items for the threads: whole images, where there are enough of them
//     steps of a few groups              so few, if not one, that their transforms V [6, C, step, pitch] stay in L1
//       blocks of kOutBlock channels     six products M [6, kOutBlock, step, width], and their transform back to y
void row_winograd_forward(const ConvShape& s, const Real* x, const Tensor& weight,
                          const Epilogue& then, Real* y) {
  const std::int64_t groups = ceil_div(s.out_height, 4), width = s.out_width,
                     pitch = width + s.kernel.w - 1;
  const std::int64_t taps = s.in_channels * s.kernel.w,
                     blocks = ceil_div(s.out_channels, kOutBlock);
  const std::int64_t band = band_rows(s.samples, groups, kPositions * s.in_channels, pitch);
  const std::int64_t bands = ceil_div(groups, band);
  const std::int64_t step =
      std::clamp<std::int64_t>(4096 / (kPositions * s.in_channels * pitch), 1, band);
  const RowTransform image = {s.in_channels, s.height, s.width, s.pad_top, s.pad_left, step, pitch};
  std::vector<std::int64_t> offset;  // of every tap in the planes of a position
  for (std::int64_t tap = 0; tap < taps; ++tap)
    offset.push_back(tap / s.kernel.w * image.plane() + tap % s.kernel.w);
  const std::vector<Real> u = weight_transform(s, weight.data().data());
  const Real *bs = then.bias ? then.bias.data().data() : nullptr, no_bias[kOutBlock] = {};
  const std::int64_t m_plane = step * width, m_position = kOutBlock * m_plane + kChannelBlock;
  // Of image n, groups begin, ..., end: V -> M -> rows of y, for one block of channels.
  const auto block_of = [&](std::int64_t n, std::int64_t begin, std::int64_t end,
                            std::int64_t block, const Real* v, Real* m) {
    for (std::int64_t p = 0; p < kPositions; ++p)
      kernels().shifted_product({.rows = end - begin,
                                 .columns = width,
                                 .k = taps,
                                 .relu = false,
                                 .weight = u.data() + (p * blocks + block) * taps * kOutBlock,
                                 .bias = no_bias,
                                 .x = {v + p * image.position(), 0, pitch},
                                 .offset = offset.data(),
                                 .c = {m + p * m_position, m_plane, width}});
    for (std::int64_t o = block * kOutBlock; o < std::min(s.out_channels, (block + 1) * kOutBlock);
         ++o)
      for (std::int64_t g = begin; g < end; ++g) {
        Real* to = y + ((n * s.out_channels + o) * s.out_height + 4 * g) * width;
        prefetch(to + kAhead * s.out_map(), 4 * width);
        kernels().winograd_rows_result(width, std::min<std::int64_t>(4, s.out_height - 4 * g),
                                       m + o % kOutBlock * m_plane + (g - begin) * width,
                                       m_position, bs ? bs[o] : 0, then.relu_at_once(), to, width);
      }
  };
  for_each_chunk(s.samples * bands, [&](std::int64_t first, std::int64_t last) {
    Tensor planes = Tensor::zeros({kPositions, image.position()}),
           product({kPositions, m_position});
    Real *v = planes.mutable_data().data(), *m = product.mutable_data().data();
    for (std::int64_t item = first; item < last; ++item) {
      const std::int64_t n = item / bands, from = item % bands * band,
                         to = std::min(groups, from + band);
      for (std::int64_t begin = from; begin < to; begin += step) {
        const std::int64_t end = std::min(to, begin + step);
        image.run(x + n * s.in_channels * s.in_map(), begin, end, v);
        for (std::int64_t block = 0; block < blocks; ++block) block_of(n, begin, end, block, v, m);
      }
      then.finish(s, n * s.out_channels, s.out_channels, 4 * from, std::min(s.out_height, 4 * to),
                  y);
    }
  });
}

}  // namespace ek
