// A convolution's weight gradient as products of matrices ("implicit GEMM"): takes every convolution.
#pragma once

#include <span>

#include "evenkeel/core/base/conv_shape.h"
#include "evenkeel/core/tensor/tensor.h"

namespace ek {

/// dweight [O, C/groups, KH, KW], written: sum over samples and pixels of dy x. dy_sums [N, O], if not empty: the sum of
/// each of dy's maps.
void implicit_gemm_weight_gradient(const ConvShape& s, const Tensor& x, const Tensor& dy,
                                   Tensor& dweight, std::span<double> dy_sums);

}  // namespace ek
