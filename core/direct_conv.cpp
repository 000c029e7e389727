// With the borders of zeros in place, the pixels of an output map that lie under one kernel value are the input map
// shifted, so a map of the result is a sum of shifted planes:
//   y[o, q] = b[o] + sum over c, u, v of  w[o, c, u, v]  x[c, offset(u, v) + q]         q: pixels, row after row
// q runs over whole rows of the padded plane; what it computes at border columns, if it does, is never stored. Strides: the plane
// of phase (u mod stride, v mod stride) is shifted. The gradients are the same sum read in the other directions:
//   dx, for every phase of its pixels, is a sum of shifted planes of dy;   dw[o, c, u, v] = sum over q of dy[o, q] x[...]
#include "core/direct_conv.h"

#include "core/channels_last.h"
#include "core/op.h"
#include "core/planes.h"

namespace ek {
namespace {

/// Result pixels first + i step that share their taps: a grid of rows x columns. `offset` has the place of every tap in
/// the planes, `weight` [groups, blocks, taps, kOutBlock] what they are multiplied by.
struct Part {
  Pair first;
  std::int64_t rows, columns;
  std::vector<std::int64_t> offset;
  std::vector<Real> weight;
};

/// One pass over the images: every part of the result, which is s's output, from the planes of the source, its input.
struct DirectPass {
  ConvShape s;
  Planes planes;
  std::int64_t band;  // rows of a part done at once
  Pair step;
  std::vector<Part> parts;

  std::int64_t blocks() const { return ceil_div(s.out_channels, kOutBlock); }
  void run(const Real* source, const Epilogue& then, Real* result) const;
};

void DirectPass::run(const Real* source, const Epilogue& then, Real* result) const {
  const std::int64_t groups = s.groups, channels = s.out_channels, width = s.out_width, map = s.out_map();
  std::vector<Real> padded_bias(static_cast<std::size_t>(groups * blocks() * kOutBlock));
  if (then.bias)
    for (std::int64_t o = 0; o < groups * channels; ++o)
      padded_bias[static_cast<std::size_t>(o / channels * blocks() * kOutBlock + o % channels)] =
          then.bias.data().data()[o];
  const std::int64_t rows = parts.front().rows, bands = ceil_div(rows, band);  // no part has more
  parallel_each(s.samples * groups * bands, 1, [&](std::int64_t item) {
    const std::int64_t image = item / bands, g = image % groups, begin = item % bands * band;
    Tensor packed({planes.size()}), block({kOutBlock * padded_channels(band * planes.pitch)});
    Real *x = packed.mutable_data().data(), *c = block.mutable_data().data();
    pack(planes, source + image * planes.channels * planes.height * planes.width, begin, x);
    for (const Part& part : parts) {
      const std::int64_t end = std::min(part.rows, begin + band), k = static_cast<std::int64_t>(part.offset.size());
      if (begin >= end) continue;
      // Whole rows of vectors go to their places at once. Else the rows are done as one, borders and all, and their pixels
      // copied from c.
      const bool rowwise =
          step == Pair(1) && part.columns >= kChannelBlock && padded_channels(part.columns) <= planes.pitch;
      const std::int64_t count = padded_channels((end - begin - 1) * planes.pitch + part.columns);
      for (std::int64_t b = 0; b < blocks(); ++b) {
        const bool direct = rowwise && (b + 1) * kOutBlock <= channels;
        Real* to =
            result + (image * channels + b * kOutBlock) * map + (part.first.h + begin * step.h) * width + part.first.w;
        kernels().shifted_product({.rows = direct ? end - begin : 1,
                                   .columns = direct ? part.columns : count,
                                   .k = k,
                                   .relu = then.relu_at_once(),
                                   .weight = part.weight.data() + (g * blocks() + b) * k * kOutBlock,
                                   .bias = padded_bias.data() + (g * blocks() + b) * kOutBlock,
                                   .x = {x, 0, 0, planes.pitch},
                                   .offset = part.offset.data(),
                                   .c = {direct ? to : c, 0, direct ? map : count, width}});
        if (!direct)
          for (std::int64_t o = 0; o < std::min(channels - b * kOutBlock, kOutBlock); ++o)
            kernels().spread_rows(end - begin, part.columns, c + o * count, planes.pitch, to + o * map, step.h * width,
                                  step.w);
      }
      then.add_residual(s, image * channels, channels, begin, std::min(rows, begin + band), result);
    }
  });
}

/// The planes of x from which `rows` rows of the result are made.
Planes input_planes(const ConvShape& s, std::int64_t rows) {
  const Pair reach = {s.dilation.h * (s.kernel.h - 1), s.dilation.w * (s.kernel.w - 1)};
  const Pair phases = {std::min(s.stride.h, reach.h + 1), std::min(s.stride.w, reach.w + 1)};
  const std::int64_t plane_rows = rows + reach.h / s.stride.h, pitch = s.out_width + reach.w / s.stride.w;
  return {s.in_channels, s.height, s.width, s.pad_top, s.pad_left, s.stride, phases, plane_rows, pitch};
}

/// input_planes of a band that fits the cache, for a pass over all images.
std::int64_t input_band(const ConvShape& s) {
  const Planes one = input_planes(s, 1);
  return band_rows(s.samples * s.groups, s.out_height, s.in_channels * one.phases.h * one.phases.w, one.pitch);
}

/// Where every value under the kernel, in the order of the weight [C, KH, KW], stands in the planes of x.
std::vector<std::int64_t> tap_offsets(const ConvShape& s, const Planes& planes) {
  std::vector<std::int64_t> offset;
  for (std::int64_t c = 0; c < s.in_channels; ++c)
    for (std::int64_t u = 0; u < s.kernel.h; ++u)
      for (std::int64_t v = 0; v < s.kernel.w; ++v)
        offset.push_back(planes.offset(c, u * s.dilation.h, v * s.dilation.w));
  return offset;
}

/// [groups, blocks, taps, kOutBlock] from weight(g, o, k), zeros where a block is not full.
std::vector<Real> blocked(std::int64_t groups, std::int64_t channels, std::int64_t taps, auto weight) {
  const std::int64_t blocks = ceil_div(channels, kOutBlock);
  std::vector<Real> values(static_cast<std::size_t>(groups * blocks * taps * kOutBlock));
  for (std::int64_t g = 0; g < groups; ++g)
    for (std::int64_t o = 0; o < channels; ++o) {
      const std::int64_t first = (g * blocks + o / kOutBlock) * taps * kOutBlock + o % kOutBlock;
      for (std::int64_t k = 0; k < taps; ++k) values[static_cast<std::size_t>(first + k * kOutBlock)] = weight(g, o, k);
    }
  return values;
}

/// The taps along one axis that reach input pixels first, first + stride, ..., and how far back in dy each of them lies.
struct AxisTaps {
  std::int64_t first, count;  // pixels: the first, and how many
  std::int64_t base;          // dy's index under the first pixel, for a tap with no shift
  std::vector<std::int64_t> tap, shift;
};

AxisTaps axis_taps(std::int64_t first, std::int64_t size, std::int64_t kernel, std::int64_t stride,
                   std::int64_t dilation, std::int64_t padding) {
  AxisTaps a{first, ceil_div(size - first, stride), (first + padding) / stride, {}, {}};
  for (std::int64_t u = 0; u < kernel; ++u)
    if ((first + padding - u * dilation) % stride == 0) {
      a.tap.push_back(u);
      a.shift.push_back((u * dilation - (first + padding) % stride) / stride);
    }
  return a;
}

}  // namespace

void direct_forward(const ConvShape& s, const Real* x, const Tensor& weight, const Epilogue& then, Real* y) {
  const std::int64_t band = input_band(s);
  const Planes planes = input_planes(s, band);
  const Real* w = weight.data().data();
  const std::int64_t taps = s.patch();
  Part all = {0, s.out_height, s.out_width, tap_offsets(s, planes), {}};
  all.weight = blocked(s.groups, s.out_channels, taps,
                       [=](auto g, auto o, auto k) { return w[(g * s.out_channels + o) * taps + k]; });
  DirectPass{s, planes, band, 1, {all}}.run(x, then, y);
}

// x[y] meets dy[i] under tap u where y + padding = i stride + u dilation. So pixels y, y + stride, ... share their taps,
// and for each of these i rises by one from pixel to pixel: dx's pixels of one phase are a sum of shifted planes of dy.
void direct_input_gradient(const ConvShape& s, const Tensor& weight, const Tensor& dy, Tensor& dx) {
  const Real* w = weight.data().data();
  const std::int64_t area = s.kernel.h * s.kernel.w;
  // The farthest that a tap looks back, and the highest base: dy's planes have room for both.
  const Pair back = {s.dilation.h * (s.kernel.h - 1) / s.stride.h, s.dilation.w * (s.kernel.w - 1) / s.stride.w};
  const Pair ahead = {(s.stride.h - 1 + s.pad_top) / s.stride.h, (s.stride.w - 1 + s.pad_left) / s.stride.w};
  const std::int64_t pitch = ceil_div(s.width, s.stride.w) + back.w + ahead.w;
  const std::int64_t band = band_rows(s.samples * s.groups, ceil_div(s.height, s.stride.h), s.out_channels, pitch);
  const std::int64_t plane_rows = band + back.h + ahead.h;
  const Planes planes = {s.out_channels, s.out_height, s.out_width, back.h, back.w, 1, 1, plane_rows, pitch};
  DirectPass pass = {mirrored(s), planes, band, s.stride, {}};
  for (std::int64_t a = 0; a < std::min(s.stride.h, s.height); ++a)
    for (std::int64_t b = 0; b < std::min(s.stride.w, s.width); ++b) {
      const AxisTaps rows = axis_taps(a, s.height, s.kernel.h, s.stride.h, s.dilation.h, s.pad_top);
      const AxisTaps columns = axis_taps(b, s.width, s.kernel.w, s.stride.w, s.dilation.w, s.pad_left);
      Part part = {{a, b}, rows.count, columns.count, {}, {}};
      std::vector<std::int64_t> taps;  // within the kernel
      for (std::int64_t o = 0; o < s.out_channels; ++o)
        for (std::size_t u = 0; u < rows.tap.size(); ++u)
          for (std::size_t v = 0; v < columns.tap.size(); ++v) {
            part.offset.push_back(
                planes.offset(o, back.h + rows.base - rows.shift[u], back.w + columns.base - columns.shift[v]));
            taps.push_back(o * s.in_channels * area + rows.tap[u] * s.kernel.w + columns.tap[v]);
          }
      part.weight = blocked(s.groups, s.in_channels, std::ssize(taps), [&](auto g, auto c, auto k) {
        return w[(g * s.out_channels * s.in_channels + c) * area + taps[static_cast<std::size_t>(k)]];
      });
      pass.parts.push_back(std::move(part));
    }
  pass.run(dy.data().data(), {}, dx.mutable_data().data());
}

// The samples are cut into a fixed number of slices, whose sums are added in order. Within a slice as many bands are
// packed at once as fit the cache, so that the sums of a tile stay in registers for long.
void direct_weight_gradient(const ConvShape& s, const Tensor& x, const Tensor& dy, Tensor& dweight) {
  constexpr std::int64_t kMaxSlices = 8, kValues = std::int64_t{1} << 18;
  const std::int64_t band = input_band(s), bands = ceil_div(s.out_height, band);
  const Planes from = input_planes(s, band);
  const Planes to = {s.out_channels, s.out_height, s.out_width, 0, 0, 1, 1, band, from.pitch};
  const std::vector<std::int64_t> offset = tap_offsets(s, from);
  const std::int64_t step = std::max<std::int64_t>(ceil_div(s.samples, kMaxSlices), 1);
  const std::int64_t slices = std::max<std::int64_t>(ceil_div(s.samples, step), 1);
  // Rows of several whole vectors are read as they lie in dy; others from planes with the pitch of x's, all as one row.
  const bool rowwise = s.out_width % (2 * kChannelBlock) == 0 && bands == 1;
  const std::int64_t gradient = rowwise ? s.out_channels * s.out_map() : to.size();
  const std::int64_t at_once = std::clamp<std::int64_t>(kValues / (from.size() + gradient), 1, step * bands);
  const std::int64_t weights = s.out_channels * s.patch();
  Tensor partial = Tensor::zeros({slices, s.groups * weights});
  Real* sums = partial.mutable_data().data();
  const Real *xs = x.data().data(), *dys = dy.data().data();
  parallel_each(slices * s.groups, 1, [&](std::int64_t task) {
    const std::int64_t slice = task / s.groups, g = task % s.groups;
    const std::int64_t first = slice * step * bands, last = std::min(s.samples, (slice + 1) * step) * bands;
    Tensor images({at_once * from.size()}), gradients({rowwise ? 0 : at_once * to.size()});
    Real *a = gradients.mutable_data().data(), *b = images.mutable_data().data();
    for (std::int64_t item = first; item < last; item += at_once) {
      const std::int64_t count = std::min(at_once, last - item);
      const PlaneView<const Real> in_place = {dys + (item * s.groups + g) * gradient, s.groups * gradient, s.out_map(),
                                              s.out_width};
      const PlaneView<const Real> packed = {a, gradient, to.plane(), 0};
      for (std::int64_t k = 0; k < count; ++k) {
        const std::int64_t image = (item + k) / bands * s.groups + g, begin = (item + k) % bands * band;
        pack(from, xs + image * s.in_channels * s.in_map(), begin, b + k * from.size());
        if (!rowwise) pack(to, dys + image * s.out_channels * s.out_map(), begin, a + k * to.size());
      }
      kernels().shifted_dots({.m = s.out_channels,
                              .k = s.patch(),
                              .rows = rowwise ? s.out_height : 1,
                              .columns = rowwise ? s.out_width : to.plane(),
                              .images = count,
                              .a = rowwise ? in_place : packed,
                              .x = {b, from.size(), 0, from.pitch},
                              .offset = offset.data(),
                              .sums = sums + slice * s.groups * weights + g * weights});
    }
  });
  Real* total = dweight.mutable_data().data();
  std::copy_n(sums, s.groups * weights, total);
  for (std::int64_t k = 1; k < slices; ++k)
    kernels().add(s.groups * weights, total, sums + k * s.groups * weights, total);
}

}  // namespace ek
