#include "evenkeel/core/ops/conv.h"

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/fast/convolution.h"
#include "evenkeel/core/lazy/convolution.h"
#include "evenkeel/core/ops/plain_conv.h"
#include "evenkeel/core/ops/reference.h"
#include "evenkeel/core/tensor/autograd.h"

namespace ek {

Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias,
              const Conv2dOptions& options) {
  const ConvShape s = conv_shape(x.shape(), weight.shape(), options);
  check(!bias || bias.shape() == Shape{weight.dim(0)}, "conv2d: expected a bias [", weight.dim(0),
        "], got ", bias ? bias.shape() : Shape());
  if (use_reference()) return plain_conv2d(s, x, weight, bias);
  const bool has_history =
      grad_enabled() && (x.requires_grad() || weight.requires_grad() || bias.requires_grad());
  const Tensor y = convolution(s, x, weight, bias, has_history);  // [N, O, OH, OW]
  return record("conv2d", y, {x, weight, bias},
                [s, x_shape = x.shape(), weight_shape = weight.shape(), x = saved_for(weight, x),
                 weight = saved_for(x, weight),
                 need_bias = bias.requires_grad()](const Tensor& dy) -> Gradients {
                  const Tensor dx =
                      weight ? convolution_input_gradient(s, x_shape, weight, dy) : Tensor();
                  if (!x && !need_bias) return {dx, {}, {}};
                  const auto [dweight, dbias] =
                      convolve_parameter_gradients(s, weight_shape, x, dy, need_bias);
                  return {dx, dweight, dbias};
                });
}

}  // namespace ek
