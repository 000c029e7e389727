// Direct convolution: takes every convolution, reads and writes NCHW, and lays out no im2col matrix.
#pragma once

#include "core/conv_shape.h"

namespace ek {

/// x [N, C, H, W], weight [O, C/groups, KH, KW] -> y [N, O, OH, OW], written.
void direct_forward(const ConvShape& s, const Real* x, const Tensor& weight, const Epilogue& then, Real* y);

/// dx [N, C, H, W], written: sum over output channels and taps of w dy.
void direct_input_gradient(const ConvShape& s, const Tensor& weight, const Tensor& dy, Tensor& dx);

/// dweight [O, C/groups, KH, KW], written: sum over samples and pixels of dy x.
void direct_weight_gradient(const ConvShape& s, const Tensor& x, const Tensor& dy, Tensor& dweight);

}  // namespace ek
