// Arithmetic element by element. Shapes must be equal: there is no implicit broadcasting.
#pragma once

#include "evenkeel/core/base/real.h"
#include "evenkeel/core/tensor/tensor.h"

namespace ek {

/// a op b, element by element; any shape, the same for both. Throws std::invalid_argument where shapes
/// differ.
Tensor operator+(const Tensor& a, const Tensor& b);
Tensor operator-(const Tensor& a, const Tensor& b);
Tensor operator*(const Tensor& a, const Tensor& b);
Tensor operator/(const Tensor& a, const Tensor& b);

/// With a number on one side.
Tensor operator+(const Tensor& a, Real b);
Tensor operator-(const Tensor& a, Real b);
Tensor operator*(const Tensor& a, Real b);
Tensor operator/(const Tensor& a, Real b);
Tensor operator+(Real a, const Tensor& b);
Tensor operator-(Real a, const Tensor& b);
Tensor operator*(Real a, const Tensor& b);
Tensor operator/(Real a, const Tensor& b);
Tensor operator-(const Tensor& a);

/// e^x, ln x, sqrt x; any shape.
Tensor exp(const Tensor& x);
Tensor log(const Tensor& x);
Tensor sqrt(const Tensor& x);

}  // namespace ek
