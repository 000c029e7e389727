// Products of matrices.
#pragma once

#include "evenkeel/core/tensor/tensor.h"

namespace ek {

/// a [M, K], b [K, N] -> a b [M, N].      da = dy b^T, db = a^T dy
Tensor matmul(const Tensor& a, const Tensor& b);

/// y = x W^T + b: x [N, in], weight [out, in], bias [out] or empty -> [N, out].
/// dx = dy W, dW = dy^T x, db = sum over N of dy
Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias = {});

}  // namespace ek
