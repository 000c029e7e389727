// The one normalization behind BatchNorm, GroupNorm, InstanceNorm and LayerNorm:
//   y = (x - mean) / sqrt(var + eps) * weight + bias
// They differ only in which values share a mean and a variance. The equations, written as one reads them, are in
// plain_normalize.cpp.
#pragma once

#include "evenkeel/core/base/norm_view.h"
#include "evenkeel/core/tensor/tensor.h"

namespace ek {

/// Of x, accumulated in double.
Moments moments(const Tensor& x, const NormView& view);

/// y = (x - mean) rstd weight + bias with x's own mean and rstd = 1 / sqrt(var + eps): x's shape -> x's
/// shape; weight and bias [features], or empty. `stats`, where given, receives the moments. dx = rstd (g -
/// mean(g) - xhat mean(g xhat)), g = dy weight;  dweight = sum dy xhat;  dbias = sum dy
Tensor normalize(const Tensor& x, const NormView& view, const Tensor& weight, const Tensor& bias,
                 double eps, Moments* stats = nullptr);

/// The same with a given mean and variance per feature, [features] each, which are constants to the gradient:
/// dx = rstd dy weight. REQUIRES: view.groups == 0.
Tensor normalize_with(const Tensor& x, const NormView& view, const Tensor& mean, const Tensor& var,
                      const Tensor& weight, const Tensor& bias, double eps);

}  // namespace ek
