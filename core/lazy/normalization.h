// A normalization whose results wait: an addition and a relu behind it become part of its pass over the maps, and its
// input's gradient is handed over sample by sample to an op that reads it once.
#pragma once

#include "evenkeel/core/fast/norm_pass.h"
#include "evenkeel/core/tensor/tensor.h"

namespace ek {

/// The op of this pass, with its gradients: x's shape -> x's shape.
Tensor normalized(const Tensor& x, const Tensor& weight, const Tensor& bias, const NormPass& pass);

}  // namespace ek
