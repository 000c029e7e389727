#include "core/conv.h"

#include <algorithm>
#include <ostream>
#include <string_view>
#include <vector>

#include "core/autograd.h"
#include "core/channels_last.h"
#include "core/check.h"
#include "core/direct_conv.h"
#include "core/kernels/dispatch.h"
#include "core/parallel.h"
#include "core/profile.h"
#include "core/winograd.h"

namespace ek {
namespace {

/// Winograd's way needs a quarter of the multiplications, which outweighs its transforms from some number of channels on:
/// 32, for the gradient of the weights 64, as measured by apps/bench. The direct way takes everything. Both take and give
/// NCHW.
bool by_winograd(const ConvShape& s, std::int64_t channels = 32) {
  return winograd_takes(s) && s.in_channels >= channels && s.out_channels >= channels;
}

void forward(const ConvShape& s, const Tensor& x, const Tensor& weight, const Tensor& bias, Tensor& y) {
  return by_winograd(s) ? winograd_forward(s, x, weight, bias, y) : direct_forward(s, x, weight, bias, y);
}

Tensor input_gradient(const ConvShape& s, const Shape& shape, const Tensor& weight, const Tensor& dy) {
  Tensor dx(shape);
  profile_count(s.flops(), weight.numel() + dy.numel() + dx.numel());
  if (by_winograd(s) && s.pad_top < 3 && s.pad_left < 3)
    winograd_forward(mirrored(s), dy, mirrored(weight), {}, dx);
  else
    direct_input_gradient(s, weight, dy, dx);
  return dx;
}

Tensor weight_gradient(const ConvShape& s, const Shape& shape, const Tensor& x, const Tensor& dy) {
  Tensor dweight(shape);
  profile_count(s.flops(), x.numel() + dy.numel() + dweight.numel());
  by_winograd(s, 64) ? winograd_weight_gradient(s, x, dy, dweight) : direct_weight_gradient(s, x, dy, dweight);
  return dweight;
}

/// dbias[o] = sum over samples and pixels of dy
Tensor bias_gradient(const Tensor& dy) {
  const std::int64_t samples = dy.dim(0), channels = dy.dim(1), map = dy.dim(2) * dy.dim(3);
  Tensor dbias({channels});
  profile_count(0, dy.numel());
  const auto out = dbias.mutable_data();
  parallel_for(channels, 1, [&](std::int64_t o, std::int64_t) {
    double total = 0;
    for (std::int64_t n = 0; n < samples; ++n) total += kernels().sum(map, dy.data().data() + (n * channels + o) * map);
    out[static_cast<std::size_t>(o)] = static_cast<Real>(total);
  });
  return dbias;
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Pair& pair) {
  return pair.h == pair.w ? out << pair.h : out << '(' << pair.h << ", " << pair.w << ')';
}

Padding::Padding(const char* mode) : same(std::string_view(mode) == "same") {
  check(same || std::string_view(mode) == "valid", "conv2d: padding must be a number, \"same\" or \"valid\", got \"",
        mode, '"');
}

Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias, const Conv2dOptions& options) {
  const ConvShape s = conv_shape(x.shape(), weight.shape(), options);
  check(!bias || bias.shape() == Shape{weight.dim(0)}, "conv2d: expected a bias [", weight.dim(0), "], got ",
        bias ? bias.shape() : Shape());
  Tensor y({x.dim(0), weight.dim(0), s.out_height, s.out_width});
  const ProfileScope scope("conv2d", y.shape());
  profile_count(s.flops(), x.numel() + weight.numel() + y.numel());
  forward(s, x, weight, bias, y);
  return record(
      "conv2d", y, {x, weight, bias},
      [s, x_shape = x.shape(), weight_shape = weight.shape(), x = weight.requires_grad() ? x.detach() : Tensor(),
       weight = x.requires_grad() ? weight.detach() : Tensor(),
       need_bias = bias.requires_grad()](const Tensor& dy) -> Gradients {
        return {weight ? input_gradient(s, x_shape, weight, dy) : Tensor(),
                x ? weight_gradient(s, weight_shape, x, dy) : Tensor(), need_bias ? bias_gradient(dy) : Tensor()};
      });
}

}  // namespace ek
