// With the channels last, the C values of KW neighbouring pixels lie together: for one kernel row u, output row i is
//   y[i, j, o] += sum over t < KW C of  x[i stride + u, (j stride) C + t]  w[u, t, o]
// a product of matrices in place: row j of A starts `stride C` values after row j - 1, and rows overlap.
#include "core/direct_conv.h"

#include <algorithm>
#include <vector>

#include "core/channels_last.h"
#include "core/kernels/dispatch.h"
#include "core/parallel.h"

namespace ek {
namespace {

/// Pixels in a packed row of the image, and the values in it.
std::int64_t packed_columns(const ConvShape& s) { return (s.out_width - 1) * s.stride.w + s.kernel.w; }
std::int64_t packed_row(const ConvShape& s) { return packed_columns(s) * s.in_channels; }

/// Values of the kernel in one of its rows.
std::int64_t taps(const ConvShape& s) { return s.kernel.w * s.in_channels; }

/// Output rows that are done at once: image and result together fill about a quarter of the L2 cache.
std::int64_t band_rows(const ConvShape& s) {
  constexpr std::int64_t kValues = std::int64_t{1} << 16;
  const std::int64_t row = packed_row(s) * s.stride.h + s.out_width * padded_channels(s.out_channels);
  return std::clamp<std::int64_t>(kValues / row, 1, s.out_height);
}

/// Packs the image rows under output rows begin, ..., end - 1.
void pack_band(const ConvShape& s, const Real* x, std::int64_t begin, std::int64_t end, Real* to) {
  pack_rows(x, s.in_channels, s.height, s.width, begin * s.stride.h - s.pad_top,
            (end - begin - 1) * s.stride.h + s.kernel.h, s.pad_left, packed_columns(s), to);
}

std::int64_t packed_size(const ConvShape& s, std::int64_t out_rows) {
  return ((out_rows - 1) * s.stride.h + s.kernel.h) * packed_row(s);
}

/// weight [O, C, KH, KW] -> [KH, KW, C, O], O padded with zeros.
Tensor packed_weight(const ConvShape& s, const Tensor& weight) {
  const std::int64_t out = padded_channels(s.out_channels), map = s.kernel.h * s.kernel.w;
  Tensor packed = Tensor::zeros({map * s.in_channels, out});
  const Real* from = weight.data().data();
  Real* to = packed.mutable_data().data();
  for (std::int64_t o = 0; o < s.out_channels; ++o)
    for (std::int64_t c = 0; c < s.in_channels; ++c)
      for (std::int64_t k = 0; k < map; ++k) to[(k * s.in_channels + c) * out + o] = *from++;
  return packed;
}

}  // namespace

bool direct_takes(const ConvShape& s) { return s.groups == 1 && s.dilation == Pair(1); }

void direct_forward(const ConvShape& s, const Tensor& x, const Tensor& weight, const Tensor& bias, Tensor& y) {
  const std::int64_t out = padded_channels(s.out_channels), rows = band_rows(s);
  const std::int64_t bands = (s.out_height + rows - 1) / rows;
  const Tensor packed = packed_weight(s, weight);
  const Real *xs = x.data().data(), *w = packed.data().data();
  Real* ys = y.mutable_data().data();
  std::vector<Real> start(static_cast<std::size_t>(out));  // of every sum
  if (bias) std::ranges::copy(bias.data(), start.begin());
  parallel_for(s.samples * bands, 1, [&](std::int64_t item, std::int64_t) {
    const std::int64_t n = item / bands, begin = item % bands * rows, end = std::min(s.out_height, begin + rows);
    const std::int64_t pixels = (end - begin) * s.out_width;
    Tensor image({packed_size(s, end - begin)}), result({pixels, out});
    Real *a = image.mutable_data().data(), *c = result.mutable_data().data();
    pack_band(s, xs + n * s.in_channels * s.in_map(), begin, end, a);
    for (std::int64_t p = 0; p < pixels; ++p) std::ranges::copy(start, c + p * out);
    for (std::int64_t i = 0; i < end - begin; ++i)
      kernels().tile_product({.m = s.out_width,
                              .n = out,
                              .k = taps(s),
                              .outer = s.kernel.h,
                              .a = a + i * s.stride.h * packed_row(s),
                              .a_outer = packed_row(s),
                              .a_row = s.stride.w * s.in_channels,
                              .a_column = 1,
                              .b = w,
                              .b_outer = taps(s) * out,
                              .b_row = out,
                              .c = c + i * s.out_width * out,
                              .c_row = out,
                              .add = true});
    kernels().transpose(pixels, s.out_channels, c, out, ys + n * s.out_channels * s.out_map() + begin * s.out_width,
                        s.out_map());
  });
}

// dweight[u, t, o] = sum over samples, i and j of x[i stride + u, (j stride) C + t] dy[i, j, o]: the same product with
// A transposed. The samples are cut into a fixed number of slices, whose sums are added in order.
void direct_weight_gradient(const ConvShape& s, const Tensor& x, const Tensor& dy, Tensor& dweight) {
  constexpr std::int64_t kMaxSlices = 8;
  const std::int64_t out = padded_channels(s.out_channels), rows = band_rows(s);
  const std::int64_t step = std::max<std::int64_t>((s.samples + kMaxSlices - 1) / kMaxSlices, 1);
  const std::int64_t slices = std::max<std::int64_t>((s.samples + step - 1) / step, 1);
  const std::int64_t weights = s.kernel.h * taps(s) * out;
  Tensor partial = Tensor::zeros({slices, weights});
  Real* sums = partial.mutable_data().data();
  const Real *xs = x.data().data(), *dys = dy.data().data();
  parallel_for(s.samples, step, [&](std::int64_t first, std::int64_t last) {
    Tensor image({packed_size(s, rows)}), gradient = Tensor::zeros({rows * s.out_width, out});
    Real *a = image.mutable_data().data(), *b = gradient.mutable_data().data();
    for (std::int64_t n = first; n < last; ++n)
      for (std::int64_t begin = 0; begin < s.out_height; begin += rows) {
        const std::int64_t end = std::min(s.out_height, begin + rows);
        pack_band(s, xs + n * s.in_channels * s.in_map(), begin, end, a);
        kernels().transpose(s.out_channels, (end - begin) * s.out_width,
                            dys + n * s.out_channels * s.out_map() + begin * s.out_width, s.out_map(), b, out);
        for (std::int64_t u = 0; u < s.kernel.h; ++u)
          kernels().tile_product({.m = taps(s),
                                  .n = out,
                                  .k = s.out_width,
                                  .outer = end - begin,
                                  .a = a + u * packed_row(s),
                                  .a_outer = s.stride.h * packed_row(s),
                                  .a_row = 1,
                                  .a_column = s.stride.w * s.in_channels,
                                  .b = b,
                                  .b_outer = s.out_width * out,
                                  .b_row = out,
                                  .c = sums + first / step * weights + u * taps(s) * out,
                                  .c_row = out,
                                  .add = true});
      }
  });
  for (std::int64_t k = 1; k < slices; ++k) kernels().add(weights, sums, sums + k * weights, sums);
  Real* to = dweight.mutable_data().data();  // [KH, KW, C, O] -> [O, C, KH, KW]
  const std::int64_t map = s.kernel.h * s.kernel.w;
  for (std::int64_t o = 0; o < s.out_channels; ++o)
    for (std::int64_t c = 0; c < s.in_channels; ++c)
      for (std::int64_t k = 0; k < map; ++k) *to++ = sums[(k * s.in_channels + c) * out + o];
}

}  // namespace ek
