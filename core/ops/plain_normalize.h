// A normalization and its gradients as one writes them on paper: loops over every value, in double. It is what the fast
// way must compute, and EVENKEEL_REFERENCE=1 in the environment makes normalize be this.
#pragma once

#include "evenkeel/core/base/norm_view.h"
#include "evenkeel/core/tensor/tensor.h"

namespace ek {

/// mean = sum x / n,  var = sum (x - mean)^2 / n, over the n values that share them.
Moments plain_moments(const Tensor& x, const NormView& view);

/// y = xhat weight + bias,  xhat = (x - mean) rstd,  rstd = 1 / sqrt(var + eps)              [Ioffe2015]
/// dweight = sum dy xhat,  dbias = sum dy,  g = dy weight
/// dx = rstd (g - mean(g) - xhat mean(g xhat)), or with given moments, which are constants:  dx = rstd g
/// x's shape -> x's shape; weight and bias [features], or empty.
Tensor plain_normalize(const Tensor& x, const NormView& view, const Moments& moments,
                       bool are_constant, const Tensor& weight, const Tensor& bias, double eps);

}  // namespace ek
