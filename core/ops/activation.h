// Activation functions, element by element or, as softmax, along one axis; any shape -> the same shape.
#pragma once

#include "evenkeel/core/base/real.h"
#include "evenkeel/core/tensor/tensor.h"

namespace ek {

/// y = max(x, 0); NaN stays NaN.  dy/dx = [x > 0]
Tensor relu(const Tensor& x);

/// y = x where x > 0, slope * x elsewhere.
Tensor leaky_relu(const Tensor& x, Real slope = Real(0.01));

/// y = 1 / (1 + e^-x)            dy/dx = y (1 - y)
Tensor sigmoid(const Tensor& x);

/// y = tanh x                    dy/dx = 1 - y^2
Tensor tanh(const Tensor& x);

/// y = x Phi(x), Phi the standard normal distribution function (exact, by erf) [Hendrycks2016]
Tensor gelu(const Tensor& x);

/// y_i = e^(x_i - max x) / sum_j e^(x_j - max x) along `axis`; any shape -> the same shape.
Tensor softmax(const Tensor& x, int axis = -1);

/// y_i = x_i - max x - ln sum_j e^(x_j - max x) along `axis`; any shape -> the same shape.
Tensor log_softmax(const Tensor& x, int axis = -1);

}  // namespace ek
