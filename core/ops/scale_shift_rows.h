// A weight and a bias per column, as LayerNorm has them.
#pragma once

#include "evenkeel/core/tensor/tensor.h"

namespace ek {

/// y[n,d] = x[n,d] weight[d] + bias[d]: x [N, D], weight and bias [D], or empty -> [N, D].
Tensor scale_shift_rows(const Tensor& x, const Tensor& weight, const Tensor& bias);

}  // namespace ek
