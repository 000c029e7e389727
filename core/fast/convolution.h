// The ways to compute a convolution, and which of them is taken for which sizes. All take and give NCHW.
#pragma once

#include "evenkeel/core/base/conv_shape.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/fast/epilogue.h"
#include "evenkeel/core/tensor/tensor.h"

namespace ek {

/// x [N, C, H, W], weight [O, C/groups, KH, KW] -> y [N, O, OH, OW], written.
void convolve(const ConvShape& s, const Real* x, const Tensor& weight, const Epilogue& then,
              Real* y);

/// True where the weight is transformed for every call of convolve, so that many small calls cost more than one.
bool transforms_weight(const ConvShape& s);

/// True where dx is the convolution of dy with the mirrored weight: convolve(mirrored(s), dy, mirrored(weight)).
bool gradient_is_convolution(const ConvShape& s);

/// dx [N, C, H, W], written; for all sizes.
void convolve_input_gradient(const ConvShape& s, const Tensor& weight, const Tensor& dy,
                             Tensor& dx);

/// dweight [O, C/groups, KH, KW] and dbias [O]; an empty tensor for one that is not wanted.
struct ConvParameterGradients {
  Tensor weight, bias;
};

/// Without x, weight's gradient is not wanted.
ConvParameterGradients convolve_parameter_gradients(const ConvShape& s, const Shape& weight,
                                                    const Tensor& x, const Tensor& dy,
                                                    bool need_bias);

}  // namespace ek
