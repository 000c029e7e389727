// An image with its borders of zeros is its own im2col matrix, if one asks for element (i, j) at row[i] + column[j]:
//   X [pixels, taps]: X[(i, j), (c, u, v)] = x[c, i stride + u dilation, j stride + v dilation]
// The matrix is never laid out ("implicit GEMM"). With
//   y [pixels, O] = X W [taps, O]        dW [taps, O] = X^T dy [pixels, O]
// only y and, for dW, dy are transposed, so that a pixel's channels lie together. dx is the first with dy for x, once for
// every phase of pixels that share their taps.
#include "evenkeel/core/fast/implicit_gemm.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <vector>

#include "evenkeel/core/base/checked.h"
#include "evenkeel/core/base/pair.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/fast/channels_last.h"
#include "evenkeel/core/fast/planes.h"
#include "evenkeel/core/kernels/kernels.h"
#include "evenkeel/core/machine/parallel.h"
#include "evenkeel/core/machine/profile.h"
#include "evenkeel/core/tensor/op.h"
#include "evenkeel/core/tensor/pieces.h"
#include "evenkeel/core/tensor/tensor.h"

namespace ek {
namespace {

/// Pixels of the result that share their taps: where the values that these meet stand in the source's planes, and the
/// weights [groups, taps, channels of the result, padded].
struct Phase {
  Offsets tap;
  Tensor weights;
};

/// `index`: of each tap's weight in a group, for the first channel; those of the others are `distance` apart.
Phase make_phase(const ConvShape& s, const Offsets& tap, const Offsets& index, const Tensor& weight,
                 std::int64_t distance) {
  const std::int64_t n = padded_channels(s.out_channels);
  Phase phase = {tap, Tensor::zeros({s.groups, std::ssize(tap), n})};
  Real* to = phase.weights.mutable_data().data();
  for (std::int64_t g = 0; g < s.groups; ++g)
    for (const std::int64_t i : index) {
      const Real* w = weight.data().data() + g * (weight.numel() / s.groups) + i;
      for (std::int64_t o = 0; o < s.out_channels; ++o) to[o] = w[o * distance];
      to += n;
    }
  return phase;
}

/// One pass over the images. The result is s's output; its pixel (i step.h + a, j step.w + b) is pixel (i, j) of phase
/// (a, b) of `count`, and meets a tap's value i stride.h rows and j stride.w columns further in the source.
struct GemmPass {
  ConvShape s;
  Planes source;
  std::int64_t band;  // rows of a phase done at once
  Pair stride, step, count;
  std::vector<Phase> phases = {};  // row after row

  void run(const Real* from, const Epilogue& then, Real* result) const;
};

void GemmPass::run(const Real* from, const Epilogue& then, Real* result) const {
  const std::int64_t n = padded_channels(s.out_channels), map = s.out_map(),
                     columns = ceil_div(s.out_width, step.w);
  const std::int64_t bands = ceil_div(ceil_div(s.out_height, step.h), band),
                     width = columns * count.w;
  const Offsets pixel =
      pixel_offsets(band, columns, capped_product(stride.h, source.pitch), stride.w);
  const Real* bias = then.bias ? then.bias.data().data() : nullptr;
  for_each_chunk(s.samples * s.groups * bands, [&](std::int64_t first, std::int64_t last) {
    // packed [channels of the source, rows, pitch]; product [rows of a phase, columns, count.w, channels]
    Tensor packed = Tensor::zeros({source.size()}), product = Tensor::zeros({band * width, n});
    Real *x = packed.mutable_data().data(), *c = product.mutable_data().data();
    for (std::int64_t item = first; item < last; ++item) {
      const std::int64_t image = item / bands, g = image % s.groups, begin = item % bands * band;
      Real* maps = result + image * s.out_channels * map;
      pack(source, from + image * source.channels * source.height * source.width, begin * stride.h,
           x);
      for (std::int64_t a = 0; a < count.h; ++a) {
        const std::int64_t rows = std::min(ceil_div(s.out_height - a, step.h) - begin, band);
        if (rows <= 0) continue;
        for (std::int64_t i = 0; i < rows * width && bias; ++i)
          std::copy_n(bias + g * s.out_channels, s.out_channels, c + i * n);
        for (std::int64_t b = 0; b < count.w; ++b) {
          const auto& [tap, weights] = phases[static_cast<std::size_t>(a * count.w + b)];
          const std::int64_t k = std::ssize(tap);
          const Real* w = weights.data().data() + g * k * n;
          const TileProduct p = {rows * columns, n, k, {x, 0, 0}, w, n, c + b * n, count.w * n,
                                 bias != nullptr};
          kernels().indirect_product({p, pixel.data(), tap.data()});
        }
        if (then.relu_at_once()) kernels().relu(rows * width * n, c, c);
        for (std::int64_t r = 0; r < rows; ++r)
          kernels().transpose(s.out_width, s.out_channels, c + r * width * n, n,
                              maps + ((begin + r) * step.h + a) * s.out_width, map);
      }
      const std::int64_t end = std::min((begin + band) * step.h, s.out_height);
      then.finish(s, image * s.out_channels, s.out_channels, begin * step.h, end, result);
    }
  });
}

/// One of the kernel's taps along an axis that pixels phase, phase + stride, ... of x meet, and by how much the number of
/// dy's pixel exceeds theirs: x[y] meets dy[i] under tap u where y + padding = i stride + u dilation.
struct Tap {
  std::int64_t index, shift;
};
std::vector<Tap> taps_of(std::int64_t phase, std::int64_t kernel, std::int64_t stride,
                         std::int64_t dilation, std::int64_t padding) {
  std::vector<Tap> taps;
  for (std::int64_t u = 0; u < kernel; ++u)
    if (const std::int64_t distance = phase + padding - u * dilation; distance % stride == 0)
      taps.push_back({u, distance / stride});
  return taps;
}

}  // namespace

void implicit_gemm_forward(const ConvShape& s, const Real* x, const Tensor& weight,
                           const Epilogue& then, Real* y) {
  const std::int64_t channels = capped_product(s.in_channels, s.stride.h), taps = s.patch();
  const std::int64_t band =
      band_rows(s.samples * s.groups, s.out_height, channels, planes_under(s, 1).pitch);
  const Planes source = planes_under(s, band);
  GemmPass pass = {
      .s = s, .source = source, .band = band, .stride = s.stride, .step = 1, .count = 1};
  const Offsets index = pixel_offsets(1, taps, 0, 1);  // 0, 1, 2, ...: the weight's own order
  pass.phases = {make_phase(s, tap_offsets(s, source), index, weight, taps)};
  pass.run(x, then, y);
}

void implicit_gemm_input_gradient(const ConvShape& s, const Tensor& weight, const Tensor& dy,
                                  Tensor& dx) {
  // How far before the first pixel of dy a tap reaches, and how far ahead: dy's borders.
  const Pair back = {s.dilation.h * (s.kernel.h - 1) / s.stride.h,
                     s.dilation.w * (s.kernel.w - 1) / s.stride.w};
  const Pair ahead = {ceil_div(s.pad_top, s.stride.h), ceil_div(s.pad_left, s.stride.w)};
  const std::int64_t pitch = ceil_div(s.width, s.stride.w) + back.w + ahead.w;
  const std::int64_t band =
      band_rows(s.samples * s.groups, ceil_div(s.height, s.stride.h), s.out_channels, pitch);
  const std::int64_t rows = band + back.h + ahead.h;
  const Planes source =
      checked({s.out_channels, s.out_height, s.out_width, back.h, back.w, rows, pitch});
  const Pair count = {std::min(s.stride.h, s.height), std::min(s.stride.w, s.width)};
  GemmPass pass = {.s = mirrored(s),
                   .source = source,
                   .band = band,
                   .stride = 1,
                   .step = s.stride,
                   .count = count};
  for (std::int64_t phase = 0; phase < count.h * count.w; ++phase) {
    Offsets tap, index;
    for (std::int64_t o = 0; o < s.out_channels; ++o)
      for (const Tap& u : taps_of(phase / count.w, s.kernel.h, s.stride.h, s.dilation.h, s.pad_top))
        for (const Tap& v :
             taps_of(phase % count.w, s.kernel.w, s.stride.w, s.dilation.w, s.pad_left)) {
          tap.push_back(o * source.plane() + (back.h + u.shift) * pitch + back.w + v.shift);
          index.push_back((o * s.in_channels * s.kernel.h + u.index) * s.kernel.w + v.index);
        }
    pass.phases.push_back(make_phase(pass.s, tap, index, weight, s.kernel.h * s.kernel.w));
  }
  pass.run(dy.data().data(), {}, dx.mutable_data().data());
}

}  // namespace ek
