#include "core/im2col_conv.h"

#include <algorithm>

#include "core/gemm.h"
#include "core/kernels/dispatch.h"
#include "core/parallel.h"

namespace ek {
namespace {

/// Output rows that are done at once: their columns fill about a quarter of the L2 cache.
std::int64_t band_rows(const ConvShape& s) {
  constexpr std::int64_t kValues = std::int64_t{1} << 16;
  return std::clamp<std::int64_t>(kValues / (s.patch() * s.out_width), 1, s.out_height);
}

/// True where the columns are the image itself.
bool is_pointwise(const ConvShape& s) {
  return s.kernel == Pair(1) && s.stride == Pair(1) && s.out_height == s.height && s.out_width == s.width;
}

/// The columns of rows [begin, end) of one group of one image: [patch, pixels], and the distance between
/// their rows.
struct Columns {
  const Real* values;
  std::int64_t stride;
};
Columns columns_of(const ConvShape& s, const Real* x, std::int64_t begin, std::int64_t end, Tensor& buffer) {
  if (is_pointwise(s)) return {x + begin * s.width, s.in_map()};
  im2col(s, x, begin, end, buffer.mutable_data().data());
  return {buffer.data().data(), (end - begin) * s.out_width};
}

}  // namespace

/// y[n,g] [O/g, pixels] = weight[g] [O/g, patch] columns [patch, pixels] + bias
void im2col_forward(const ConvShape& s, const Tensor& x, const Tensor& weight, const Tensor& bias, Tensor& y) {
  const Real *xs = x.data().data(), *w = weight.data().data(), *b = bias ? bias.data().data() : nullptr;
  Real* ys = y.mutable_data().data();
  const std::int64_t rows = band_rows(s), bands = (s.out_height + rows - 1) / rows;
  parallel_for(s.samples * s.groups * bands, 1, [&](std::int64_t item, std::int64_t) {
    const std::int64_t image = item / bands, g = image % s.groups;  // image: one group of one sample
    const std::int64_t begin = item % bands * rows, end = std::min(s.out_height, begin + rows);
    const std::int64_t pixels = (end - begin) * s.out_width;
    Tensor buffer({s.patch(), pixels});
    const Columns columns = columns_of(s, xs + image * s.in_channels * s.in_map(), begin, end, buffer);
    Real* out = ys + image * s.out_channels * s.out_map() + begin * s.out_width;
    if (b)
      for (std::int64_t o = 0; o < s.out_channels; ++o)
        std::fill_n(out + o * s.out_map(), pixels, b[g * s.out_channels + o]);
    gemm_serial(Trans::no, Trans::no, s.out_channels, pixels, s.patch(), w + g * s.out_channels * s.patch(), s.patch(),
                columns.values, columns.stride, b ? 1 : 0, out, s.out_map());
  });
}

/// dx[n,g] = col2im(weight[g]^T [patch, O/g] dy[n,g] [O/g, pixels])
void im2col_input_gradient(const ConvShape& s, const Tensor& weight, const Tensor& dy, Tensor& dx) {
  const Real *w = weight.data().data(), *g = dy.data().data();
  Real* out = dx.mutable_data().data();
  const std::int64_t rows = band_rows(s), group_weights = s.out_channels * s.patch();
  parallel_for(s.samples * s.groups, 1, [&](std::int64_t image, std::int64_t) {
    Real* dx_image = out + image * s.in_channels * s.in_map();
    std::fill_n(dx_image, s.in_channels * s.in_map(), Real(0));
    Tensor buffer({s.patch(), rows * s.out_width});
    Real* columns = buffer.mutable_data().data();
    for (std::int64_t begin = 0; begin < s.out_height; begin += rows) {
      const std::int64_t end = std::min(s.out_height, begin + rows), pixels = (end - begin) * s.out_width;
      gemm_serial(Trans::yes, Trans::no, s.patch(), pixels, s.out_channels, w + image % s.groups * group_weights,
                  s.patch(), g + image * s.out_channels * s.out_map() + begin * s.out_width, s.out_map(), 0, columns,
                  pixels);
      col2im_add(s, columns, begin, end, dx_image);
    }
  });
}

/// dweight[g] [O/g, patch] = sum over n of dy[n,g] [O/g, pixels] columns^T [pixels, patch]. The samples are
/// cut into a fixed number of slices; each adds up its own gradient, and these are added in order.
void im2col_weight_gradient(const ConvShape& s, const Tensor& x, const Tensor& dy, Tensor& dweight) {
  constexpr std::int64_t kMaxSlices = 8;
  const std::int64_t step = std::max<std::int64_t>((s.samples + kMaxSlices - 1) / kMaxSlices, 1);
  const std::int64_t slices = std::max<std::int64_t>((s.samples + step - 1) / step, 1);
  const std::int64_t group_weights = s.out_channels * s.patch(), weights = s.groups * group_weights;
  Tensor partial = Tensor::zeros({slices, weights});
  Real* sums = partial.mutable_data().data();
  const Real *in = x.data().data(), *g = dy.data().data();
  const std::int64_t rows = band_rows(s);
  parallel_for(s.samples, step, [&](std::int64_t first, std::int64_t last) {
    Tensor buffer({s.patch(), rows * s.out_width});
    for (std::int64_t image = first * s.groups; image < last * s.groups; ++image)
      for (std::int64_t begin = 0; begin < s.out_height; begin += rows) {
        const std::int64_t end = std::min(s.out_height, begin + rows), pixels = (end - begin) * s.out_width;
        const Columns columns = columns_of(s, in + image * s.in_channels * s.in_map(), begin, end, buffer);
        gemm_serial(Trans::no, Trans::yes, s.out_channels, s.patch(), pixels,
                    g + image * s.out_channels * s.out_map() + begin * s.out_width, s.out_map(), columns.values,
                    columns.stride, 1, sums + first / step * weights + image % s.groups * group_weights, s.patch());
      }
  });
  Real* total = dweight.mutable_data().data();
  std::copy_n(sums, weights, total);
  for (std::int64_t k = 1; k < slices; ++k) kernels().add(weights, total, sums + k * weights, total);
}

}  // namespace ek
