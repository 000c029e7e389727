// Convolutions whose results wait, for what can be done while their values are in the cache: an addition and a relu
// behind one, a norm's moments, a gradient that another one is added to.
#pragma once

#include "evenkeel/core/base/conv_shape.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/tensor/tensor.h"

namespace ek {

/// y[n,o,i,j] = b[o] + sum over c,u,v of w[o,c,u,v] x[n,c, i*stride + u*dilation - padding, ...], without history. Where
/// the caller will record one (`has_history`), nothing is taken in that would need a gradient of its own.
Tensor convolution(const ConvShape& s, const Tensor& x, const Tensor& weight, const Tensor& bias,
                   bool has_history);

/// dx, of x's shape.
Tensor convolution_input_gradient(const ConvShape& s, const Shape& x, const Tensor& weight,
                                  const Tensor& dy);

}  // namespace ek
