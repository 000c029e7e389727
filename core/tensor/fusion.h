// What an op can leave to the op before it: a result that is still to be computed is then computed together with what
// follows, in one pass over memory.
#pragma once

#include "evenkeel/core/tensor/tensor.h"

namespace ek {

/// relu(x) as a part of the op that makes x, where that is still to run and takes it in; else an empty tensor.
Tensor fused_relu(const Tensor& x);

/// a + b as a part of the op that makes a, or else b; else an empty tensor.
Tensor fused_add(const Tensor& a, const Tensor& b);

}  // namespace ek
