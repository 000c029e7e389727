// Convolution as products of matrices whose left one is the image itself ("implicit GEMM"): takes every convolution.
#pragma once

#include <span>

#include "evenkeel/core/base/conv_shape.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/fast/epilogue.h"
#include "evenkeel/core/tensor/tensor.h"

namespace ek {

/// x [N, C, H, W], weight [O, C/groups, KH, KW] -> y [N, O, OH, OW], written.
void implicit_gemm_forward(const ConvShape& s, const Real* x, const Tensor& weight,
                           const Epilogue& then, Real* y);

/// dx [N, C, H, W], written: sum over output channels and taps of w dy.
void implicit_gemm_input_gradient(const ConvShape& s, const Tensor& weight, const Tensor& dy,
                                  Tensor& dx);

}  // namespace ek
