// Sums and means, added up in double.
#pragma once

#include "evenkeel/core/tensor/tensor.h"

namespace ek {

/// The sum or mean of all elements: any shape -> [].
Tensor sum(const Tensor& x);
Tensor mean(const Tensor& x);

/// The sum or mean along one axis, which goes: [A, B, C] and axis 1 -> [A, C].
Tensor sum(const Tensor& x, int axis);
Tensor mean(const Tensor& x, int axis);

}  // namespace ek
