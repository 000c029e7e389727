// Activation functions, element by element; any shape -> the same shape.
#pragma once

#include "core/tensor.h"

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

}  // namespace ek
