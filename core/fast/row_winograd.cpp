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

/// All sizes of a pass, and the steps that its loops are made of.
struct RowPass {
  const ConvShape& s;
  const Epilogue& then;
  std::int64_t groups, pitch, taps, blocks, band, bands, step;
  RowTransform image;
  std::vector<std::int64_t> offset;  // of every tap in the planes of a position
  std::vector<Real> u;               // the weight's transform

  RowPass(const ConvShape& shape, const Tensor& weight, const Epilogue& epilogue)
      : s(shape),
        then(epilogue),
        groups(ceil_div(s.out_height, 4)),
        pitch(s.out_width + s.kernel.w - 1),
        taps(s.in_channels * s.kernel.w),
        blocks(ceil_div(s.out_channels, kOutBlock)),
        band(band_rows(s.samples, groups, kPositions * s.in_channels, pitch)),
        bands(ceil_div(groups, band)),
        step(std::clamp<std::int64_t>(4096 / (kPositions * s.in_channels * pitch), 1, band)),
        image({s.in_channels, s.height, s.width, s.pad_top, s.pad_left, step, pitch}),
        u(weight_transform(s, weight.data().data())) {
    for (std::int64_t tap = 0; tap < taps; ++tap) {
      offset.push_back(tap / s.kernel.w * image.plane() + tap % s.kernel.w);
    }
  }
  std::int64_t m_plane() const { return step * s.out_width; }
  std::int64_t m_position() const { return kOutBlock * m_plane() + kChannelBlock; }

  /// V -> M of groups begin, ..., end, for one block of channels.
  void multiply(std::int64_t begin, std::int64_t end, std::int64_t block, const Real* v,
                Real* m) const {
    static constexpr Real kNoBias[kOutBlock] = {};
    for (std::int64_t p = 0; p < kPositions; ++p) {
      kernels().shifted_product({.rows = end - begin,
                                 .columns = s.out_width,
                                 .k = taps,
                                 .relu = false,
                                 .weight = u.data() + (p * blocks + block) * taps * kOutBlock,
                                 .bias = kNoBias,
                                 .x = {v + p * image.position(), 0, pitch},
                                 .offset = offset.data(),
                                 .c = {m + p * m_position(), m_plane(), s.out_width}});
    }
  }

  /// M -> rows of y, of the same groups and channels of sample n.
  void write(std::int64_t n, std::int64_t begin, std::int64_t end, std::int64_t block,
             const Real* m, const Real* bias, Real* y) const {
    const std::int64_t last = std::min(s.out_channels, (block + 1) * kOutBlock),
                       width = s.out_width;
    for (std::int64_t o = block * kOutBlock; o < last; ++o) {
      for (std::int64_t g = begin; g < end; ++g) {
        Real* to = y + ((n * s.out_channels + o) * s.out_height + 4 * g) * width;
        prefetch(to + kAhead * s.out_map(), 4 * width);
        const Real* from = m + o % kOutBlock * m_plane() + (g - begin) * width;
        kernels().winograd_rows_result(width, std::min<std::int64_t>(4, s.out_height - 4 * g), from,
                                       m_position(), bias ? bias[o] : 0, then.relu_at_once(), to,
                                       width);
      }
    }
  }
};

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
  const RowPass pass(s, weight, then);
  const Real* bias = then.bias ? then.bias.data().data() : nullptr;
  for_each_chunk(s.samples * pass.bands, [&](std::int64_t first, std::int64_t last) {
    Tensor planes = Tensor::zeros({kPositions, pass.image.position()});
    Tensor product({kPositions, pass.m_position()});
    Real *v = planes.mutable_data().data(), *m = product.mutable_data().data();
    for (std::int64_t item = first; item < last; ++item) {
      const std::int64_t n = item / pass.bands, from = item % pass.bands * pass.band;
      const std::int64_t to = std::min(pass.groups, from + pass.band);
      for (std::int64_t begin = from; begin < to; begin += pass.step) {
        const std::int64_t end = std::min(to, begin + pass.step);
        pass.image.run(x + n * s.in_channels * s.in_map(), begin, end, v);
        for (std::int64_t block = 0; block < pass.blocks; ++block) {
          pass.multiply(begin, end, block, v, m);
          pass.write(n, begin, end, block, m, bias, y);
        }
      }
      then.finish(s, n * s.out_channels, s.out_channels, 4 * from, std::min(s.out_height, 4 * to),
                  y);
    }
  });
}

}  // namespace ek
