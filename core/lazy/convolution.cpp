#include "evenkeel/core/lazy/convolution.h"

#include <cstdint>
#include <utility>
#include <vector>

#include "evenkeel/core/base/real.h"
#include "evenkeel/core/fast/channels_last.h"
#include "evenkeel/core/fast/convolution.h"
#include "evenkeel/core/fast/epilogue.h"
#include "evenkeel/core/fast/row_moments.h"
#include "evenkeel/core/kernels/dispatch.h"
#include "evenkeel/core/lazy/deferred.h"
#include "evenkeel/core/machine/profile.h"
#include "evenkeel/core/tensor/autograd.h"

namespace ek {
namespace {

Shape result_shape(const ConvShape& s) {
  return {s.samples, s.groups * s.out_channels, s.out_height, s.out_width};
}

/// y = x convolved with weight, and what `then` says: + bias, + residual, max(that, 0)
void forward(const ConvShape& s, const Tensor& x, const Tensor& weight, const Epilogue& then,
             Tensor& y) {
  constexpr const char* kNames[2][2] = {{"conv2d", "conv2d+relu"},
                                        {"conv2d+add", "conv2d+add+relu"}};
  const ProfileScope scope(kNames[bool(then.residual)][then.relu], y.shape());
  profile_count(s.flops(), x.numel() + weight.numel() + (then.residual ? 2 : 1) * y.numel());
  if (y.numel() == 0) return;
  convolve(s, x.data().data(), weight, then, y.mutable_data().data());
}

Tensor fusable(const ConvShape& s, const Tensor& x, const Tensor& weight, const Epilogue& then);

/// scale[c] y + shift[c] as one convolution: scale (w * x + b) + shift = (scale w) * x + (scale b + shift)
Tensor scaled(const ConvShape& s, const Tensor& x, const Tensor& weight, const Tensor& bias,
              const Tensor& scale, const Tensor& shift) {
  Tensor w = weight.clone(), b = shift.clone();
  const std::int64_t taps = w.numel() / w.dim(0);
  Real *ws = w.mutable_data().data(), *bs = b.mutable_data().data();
  for (std::int64_t o = 0; o < w.dim(0); ++o) {
    const Real factor = scale.data().data()[o];
    kernels().scale_shift(taps, ws + o * taps, factor, 0, ws + o * taps);
    if (bias) bs[o] += factor * bias.data().data()[o];
  }
  return fusable(s, x, w, {b});
}

/// Without history: an addition, a relu and a scale and shift behind it become part of it, and some samples can be
/// computed alone.
Tensor fusable(const ConvShape& s, const Tensor& x, const Tensor& weight, const Epilogue& then) {
  Deferred how = {.compute = [=](Tensor& y) { forward(s, x, weight, then, y); }};
  how.relu = [=] {
    Epilogue more = then;
    more.relu = true;
    return fusable(s, x, weight, more);
  };
  if (!then.relu && !then.residual) {
    how.add = [=](const Tensor& other) { return fusable(s, x, weight, {then.bias, other}); };
    how.scale_shift = [=](const Tensor& scale, const Tensor& shift) {
      return scaled(s, x, weight, then.bias, scale, shift);
    };
  }
  if (!then.residual && !transforms_weight(s)) {
    how.samples = [=](std::int64_t first, std::int64_t count, Real* y) {
      ConvShape few = s;
      few.samples = count;
      convolve(few, x.data().data() + first * s.groups * s.in_channels * s.in_map(), weight, then,
               y);
    };
  }
  return defer(result_shape(s), {x, weight, then.bias, then.residual}, std::move(how));
}

/// With a history: a norm behind it has its moments added up while the maps are in the cache.
Tensor with_moments(const ConvShape& s, const Tensor& x, const Tensor& weight, const Tensor& bias) {
  const auto compute = [s, x = x.detach(), weight = weight.detach(),
                        bias = bias ? bias.detach() : bias](Tensor& y,
                                                            std::vector<RowMoments>* moments) {
    forward(s, x, weight, {.bias = bias, .moments = moments}, y);
  };
  return defer(result_shape(s), {x, weight, bias},
               {.compute = [compute](Tensor& y) { compute(y, nullptr); }, .moments = compute});
}

/// dx as a convolution of dy with the mirrored weight; a gradient that x has from elsewhere becomes part of it.
Tensor gradient_by_convolution(const ConvShape& s, const Tensor& weight, const Tensor& dy,
                               const Tensor& residual) {
  Deferred how = {.compute = [=](Tensor& dx) {
    const ProfileScope scope("conv2d", dx.shape(), weight.numel() + dy.numel() + dx.numel(),
                             Pass::backward);
    profile_count(s.flops(), residual ? dx.numel() : 0);
    convolve(s, dy.data().data(), weight, {{}, residual}, dx.mutable_data().data());
  }};
  if (!residual) {
    how.add = [=](const Tensor& other) { return gradient_by_convolution(s, weight, dy, other); };
  }
  return defer({s.samples, s.out_channels, s.out_height, s.out_width}, {weight, dy, residual},
               std::move(how));
}

}  // namespace

Tensor convolution(const ConvShape& s, const Tensor& x, const Tensor& weight, const Tensor& bias,
                   bool has_history) {
  return has_history ? with_moments(s, x, weight, bias) : fusable(s, x, weight, {bias});
}

Tensor convolution_input_gradient(const ConvShape& s, const Shape& x, const Tensor& weight,
                                  const Tensor& dy) {
  if (x.numel() == 0) return Tensor(x);
  if (gradient_is_convolution(s))
    return gradient_by_convolution(mirrored(s), mirrored(weight), dy, {});
  Tensor dx(x);
  convolve_input_gradient(s, weight, dy, dx);
  return dx;
}

}  // namespace ek
