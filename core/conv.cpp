#include "core/conv.h"

#include <ostream>
#include <string_view>

#include "core/channels_last.h"
#include "core/deferred.h"
#include "core/direct_conv.h"
#include "core/implicit_gemm.h"
#include "core/op.h"
#include "core/row_winograd.h"
#include "core/winograd.h"

namespace ek {
namespace {

/// Winograd's way needs a quarter of the multiplications, which outweighs its transforms from some number of channels
/// on, measured by apps/bench; along the rows it needs half, and has less to transform. The direct way takes every
/// stride of 1, products of matrices take everything. All take and give NCHW.
bool by_winograd(const ConvShape& s) { return winograd_takes(s) && std::min(s.in_channels, s.out_channels) >= 32; }

/// x [N, C, H, W], weight [O, C/groups, KH, KW] -> y [N, O, OH, OW], by the way that is fastest for these sizes.
auto way_forward(const ConvShape& s) {
  return by_winograd(s)          ? winograd_forward
         : row_winograd_takes(s) ? row_winograd_forward
         : s.stride == Pair(1)   ? direct_forward
                                 : implicit_gemm_forward;
}

/// y = x convolved with weight, and what `then` says: + bias, + residual, max(that, 0)
void forward(const ConvShape& s, const Tensor& x, const Tensor& weight, const Epilogue& then, Tensor& y) {
  constexpr const char* kNames[2][2] = {{"conv2d", "conv2d+relu"}, {"conv2d+add", "conv2d+add+relu"}};
  const ProfileScope scope(kNames[bool(then.residual)][then.relu], y.shape());
  profile_count(s.flops(), x.numel() + weight.numel() + (then.residual ? 2 : 1) * y.numel());
  way_forward(s)(s, x.data().data(), weight, then, y.mutable_data().data());
}

/// Without history: deferred, so that a BatchNorm behind it becomes part of weight and bias, and an addition and a relu
/// of the same pass.
Tensor deferred_conv(const ConvShape& s, const Tensor& x, const Tensor& weight, const Epilogue& then) {
  Followers followers = {.relu = [=] {
    Epilogue more = then;
    more.relu = true;
    return deferred_conv(s, x, weight, more);
  }};
  if (!then.relu && !then.residual) {
    followers.add = [=](const Tensor& other) { return deferred_conv(s, x, weight, {then.bias, other}); };
    followers.scale_shift = [=](const Tensor& scale, const Tensor& shift) {
      Tensor w = weight.clone(), b = shift.clone();  // scale (w * x + b) + shift = (scale w) * x + (scale b + shift)
      const std::int64_t taps = w.numel() / w.dim(0);
      Real *ws = w.mutable_data().data(), *bs = b.mutable_data().data();
      for (std::int64_t o = 0; o < w.dim(0); ++o) {
        const Real factor = scale.data().data()[o];
        kernels().scale_shift(taps, ws + o * taps, factor, 0, ws + o * taps);
        if (then.bias) bs[o] += factor * then.bias.data().data()[o];
      }
      return deferred_conv(s, x, w, {b});
    };
  }
  if (!then.residual && !by_winograd(s))  // which would transform the weights again for every part
    followers.samples = [=](std::int64_t first, std::int64_t count, Real* y) {
      ConvShape few = s;
      few.samples = count;
      way_forward(s)(few, x.data().data() + first * s.groups * s.in_channels * s.in_map(), weight, then, y);
    };
  return defer(
      {s.samples, s.groups * s.out_channels, s.out_height, s.out_width}, {x, weight, then.bias, then.residual},
      [=](Tensor& y) { forward(s, x, weight, then, y); }, std::move(followers));
}

/// dx of stride 1, deferred: a gradient that x has from elsewhere becomes part of it.
Tensor deferred_gradient(const ConvShape& s, const Tensor& turned, const Tensor& dy, const Tensor& residual) {
  Followers followers;
  if (!residual) followers.add = [=](const Tensor& other) { return deferred_gradient(s, turned, dy, other); };
  return defer(
      {s.samples, s.out_channels, s.out_height, s.out_width}, {turned, dy, residual},
      [=](Tensor& dx) {
        const ProfileScope scope("conv2d", dx.shape(), turned.numel() + dy.numel() + dx.numel(), Pass::backward);
        profile_count(s.flops(), residual ? dx.numel() : 0);
        way_forward(s)(s, dy.data().data(), turned, {{}, residual}, dx.mutable_data().data());
      },
      std::move(followers));
}

Tensor input_gradient(const ConvShape& s, const Shape& shape, const Tensor& weight, const Tensor& dy) {
  if (shape.numel() == 0) return Tensor(shape);
  if (s.stride == Pair(1) && s.dilation == Pair(1) && s.groups == 1 && s.pad_top < s.kernel.h &&
      s.pad_left < s.kernel.w)
    return deferred_gradient(mirrored(s), mirrored(weight), dy, {});
  Tensor dx(shape);
  profile_count(s.flops(), weight.numel() + dy.numel() + dx.numel());
  implicit_gemm_input_gradient(s, weight, dy, dx);
  return dx;
}

Tensor weight_gradient(const ConvShape& s, const Shape& shape, const Tensor& x, const Tensor& dy) {
  Tensor dweight(shape);
  profile_count(s.flops(), x.numel() + dy.numel() + dweight.numel());
  const auto way = winograd_takes(s) ? winograd_weight_gradient : implicit_gemm_weight_gradient;
  way(s, x, dy, dweight);
  return dweight;
}

/// dbias[o] = sum over samples and pixels of dy
Tensor bias_gradient(const Tensor& dy) {
  const std::int64_t samples = dy.dim(0), channels = dy.dim(1), map = dy.dim(2) * dy.dim(3);
  Tensor dbias({channels});
  profile_count(0, dy.numel());
  const Real* dys = dy.data().data();
  std::vector<double> sums(static_cast<std::size_t>(samples * channels));
  parallel_each(samples * channels, 16,
                [&](std::int64_t i) { sums[static_cast<std::size_t>(i)] = kernels().sum(map, dys + i * map); });
  for (std::int64_t o = 0; o < channels; ++o) {
    double total = 0;
    for (std::int64_t i = o; i < samples * channels; i += channels) total += sums[static_cast<std::size_t>(i)];
    dbias.mutable_data()[static_cast<std::size_t>(o)] = static_cast<Real>(total);
  }
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
  if (!grad_enabled() || !(x.requires_grad() || weight.requires_grad() || bias.requires_grad()))
    return deferred_conv(s, x, weight, {bias});
  Tensor y({x.dim(0), weight.dim(0), s.out_height, s.out_width});
  forward(s, x, weight, {bias}, y);
  return record("conv2d", y, {x, weight, bias},
                [s, x_shape = x.shape(), weight_shape = weight.shape(), x = saved_for(weight, x),
                 weight = saved_for(x, weight), need_bias = bias.requires_grad()](const Tensor& dy) -> Gradients {
                  return {weight ? input_gradient(s, x_shape, weight, dy) : Tensor(),
                          x ? weight_gradient(s, weight_shape, x, dy) : Tensor(),
                          need_bias ? bias_gradient(dy) : Tensor()};
                });
}

}  // namespace ek
