#include "evenkeel/core/ops/conv.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/base/pair.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/fast/channels_last.h"
#include "evenkeel/core/fast/direct_conv.h"
#include "evenkeel/core/fast/epilogue.h"
#include "evenkeel/core/fast/implicit_gemm.h"
#include "evenkeel/core/fast/row_moments.h"
#include "evenkeel/core/fast/row_winograd.h"
#include "evenkeel/core/fast/winograd.h"
#include "evenkeel/core/lazy/deferred.h"
#include "evenkeel/core/machine/parallel.h"
#include "evenkeel/core/machine/profile.h"
#include "evenkeel/core/tensor/autograd.h"
#include "evenkeel/core/tensor/op.h"

namespace ek {
namespace {

/// Winograd's way needs a quarter of the multiplications, which outweighs its transforms from some number of channels
/// on, measured by apps/bench; along the rows it needs half, and has less to transform. The direct way takes every
/// stride of 1, products of matrices take everything. All take and give NCHW.
bool by_winograd(const ConvShape& s) {
  return winograd_takes(s) && std::min(s.in_channels, s.out_channels) >= 32;
}

/// x [N, C, H, W], weight [O, C/groups, KH, KW] -> y [N, O, OH, OW], by the way that is fastest for these sizes.
auto way_forward(const ConvShape& s) {
  return by_winograd(s)          ? winograd_forward
         : row_winograd_takes(s) ? row_winograd_forward
         : s.stride == Pair(1)   ? direct_forward
                                 : implicit_gemm_forward;
}

/// y = x convolved with weight, and what `then` says: + bias, + residual, max(that, 0)
void forward(const ConvShape& s, const Tensor& x, const Tensor& weight, const Epilogue& then,
             Tensor& y) {
  constexpr const char* kNames[2][2] = {{"conv2d", "conv2d+relu"},
                                        {"conv2d+add", "conv2d+add+relu"}};
  const ProfileScope scope(kNames[bool(then.residual)][then.relu], y.shape());
  profile_count(s.flops(), x.numel() + weight.numel() + (then.residual ? 2 : 1) * y.numel());
  if (y.numel() == 0) return;
  way_forward(s)(s, x.data().data(), weight, then, y.mutable_data().data());
}

/// Without history: deferred, so that a BatchNorm behind it becomes part of weight and bias, and an addition and a relu
/// of the same pass.
Tensor deferred_conv(const ConvShape& s, const Tensor& x, const Tensor& weight,
                     const Epilogue& then) {
  Deferred how = {.compute = [=](Tensor& y) { forward(s, x, weight, then, y); }};
  how.relu = [=] {
    Epilogue more = then;
    more.relu = true;
    return deferred_conv(s, x, weight, more);
  };
  if (!then.relu && !then.residual) {
    how.add = [=](const Tensor& other) { return deferred_conv(s, x, weight, {then.bias, other}); };
    how.scale_shift = [=](const Tensor& scale, const Tensor& shift) {
      Tensor w = weight.clone(),
             b = shift.clone();  // scale (w * x + b) + shift = (scale w) * x + (scale b + shift)
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
    how.samples = [=](std::int64_t first, std::int64_t count, Real* y) {
      ConvShape few = s;
      few.samples = count;
      way_forward(s)(few, x.data().data() + first * s.groups * s.in_channels * s.in_map(), weight,
                     then, y);
    };
  return defer({s.samples, s.groups * s.out_channels, s.out_height, s.out_width},
               {x, weight, then.bias, then.residual}, std::move(how));
}

/// dx of stride 1, deferred: a gradient that x has from elsewhere becomes part of it.
Tensor deferred_gradient(const ConvShape& s, const Tensor& turned, const Tensor& dy,
                         const Tensor& residual) {
  Deferred how = {.compute = [=](Tensor& dx) {
    const ProfileScope scope("conv2d", dx.shape(), turned.numel() + dy.numel() + dx.numel(),
                             Pass::backward);
    profile_count(s.flops(), residual ? dx.numel() : 0);
    way_forward(s)(s, dy.data().data(), turned, {{}, residual}, dx.mutable_data().data());
  }};
  if (!residual)
    how.add = [=](const Tensor& other) { return deferred_gradient(s, turned, dy, other); };
  return defer({s.samples, s.out_channels, s.out_height, s.out_width}, {turned, dy, residual},
               std::move(how));
}

Tensor input_gradient(const ConvShape& s, const Shape& shape, const Tensor& weight,
                      const Tensor& dy) {
  if (shape.numel() == 0) return Tensor(shape);
  if (s.stride == Pair(1) && s.dilation == Pair(1) && s.groups == 1 && s.pad_top < s.kernel.h &&
      s.pad_left < s.kernel.w)
    return deferred_gradient(mirrored(s), mirrored(weight), dy, {});
  Tensor dx(shape);
  profile_count(s.flops(), weight.numel() + dy.numel() + dx.numel());
  implicit_gemm_input_gradient(s, weight, dy, dx);
  return dx;
}

/// dweight, dbias[o] = sum over samples and pixels of dy; each where it is needed.
std::pair<Tensor, Tensor> parameter_gradients(const ConvShape& s, const Shape& shape,
                                              const Tensor& x, const Tensor& dy, bool need_bias) {
  const std::int64_t channels = s.groups * s.out_channels, map = s.out_map();
  if (s.samples == 0)
    return {x ? Tensor::zeros(shape) : Tensor(), need_bias ? Tensor::zeros({channels}) : Tensor()};
  Tensor dweight = x ? Tensor(shape) : Tensor(), dbias = need_bias ? Tensor({channels}) : Tensor();
  std::vector<double> sums(
      static_cast<std::size_t>(need_bias ? s.samples * channels : 0));  // of dy's maps
  profile_count(x ? s.flops() : 0,
                (x ? x.numel() + dweight.numel() : 0) + s.samples * channels * map);
  // Winograd's way pays from 16 channels on here: its results are small, where those of a forward pass are to be turned.
  const bool at_once = x && !winograd_takes(s);
  if (at_once) implicit_gemm_weight_gradient(s, x, dy, dweight, sums);
  if (x && !at_once) winograd_weight_gradient(s, x, dy, dweight);
  if (!need_bias) return {dweight, dbias};
  if (!at_once)
    parallel_each(s.samples * channels, 16, [&, dys = dy.data().data()](std::int64_t i) {
      sums[static_cast<std::size_t>(i)] = kernels().sum(map, dys + i * map);
    });
  for (std::int64_t o = 0; o < channels; ++o) {
    double total = 0;
    for (std::int64_t i = o; i < s.samples * channels; i += channels)
      total += sums[static_cast<std::size_t>(i)];
    dbias.mutable_data()[static_cast<std::size_t>(o)] = static_cast<Real>(total);
  }
  return {dweight, dbias};
}

}  // namespace

Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias,
              const Conv2dOptions& options) {
  const ConvShape s = conv_shape(x.shape(), weight.shape(), options);
  check(!bias || bias.shape() == Shape{weight.dim(0)}, "conv2d: expected a bias [", weight.dim(0),
        "], got ", bias ? bias.shape() : Shape());
  if (!grad_enabled() || !(x.requires_grad() || weight.requires_grad() || bias.requires_grad()))
    return deferred_conv(s, x, weight, {bias});
  auto compute = [s, x = x.detach(), weight = weight.detach(), bias = bias ? bias.detach() : bias](
                     Tensor& y, std::vector<RowMoments>* moments) {
    forward(s, x, weight, {.bias = bias, .moments = moments}, y);
  };
  const Tensor y =
      defer({x.dim(0), weight.dim(0), s.out_height, s.out_width}, {x, weight, bias},
            {.compute = [compute](Tensor& to) { compute(to, nullptr); }, .moments = compute});
  return record("conv2d", y, {x, weight, bias},
                [s, x_shape = x.shape(), weight_shape = weight.shape(), x = saved_for(weight, x),
                 weight = saved_for(x, weight),
                 need_bias = bias.requires_grad()](const Tensor& dy) -> Gradients {
                  if (weight) (void)dy.data();  // read more than once
                  const Tensor dx = weight ? input_gradient(s, x_shape, weight, dy) : Tensor();
                  if (!x && !need_bias) return {dx, {}, {}};
                  const auto [dweight, dbias] =
                      parameter_gradients(s, weight_shape, x, dy, need_bias);
                  return {dx, dweight, dbias};
                });
}

}  // namespace ek
