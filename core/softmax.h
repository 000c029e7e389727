// Softmax and its logarithm along one axis.
#pragma once

#include "core/tensor.h"

namespace ek {

/// y_i = e^(x_i - max x) / sum_j e^(x_j - max x) along `axis`; any shape -> the same shape.
Tensor softmax(const Tensor& x, int axis = -1);

/// y_i = x_i - max x - ln sum_j e^(x_j - max x) along `axis`; any shape -> the same shape.
Tensor log_softmax(const Tensor& x, int axis = -1);

}  // namespace ek
