// Start values of the models from a formula that tests/golden/golden_convnet.py computes too: millions of weights that
// need not be stored. `file` is the golden file that has the offset and scale of every tensor.
#pragma once

#include <string>

#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/files/state.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/layers/layer.h"

namespace ek {

/// Values offset + scale * u_i, each an exact float; u_i in [-1, 1) from a hash of (name, i).
Tensor formula_tensor(const std::string& name, const Shape& shape,
                      const std::string& file = "convnet");

/// A state with the names and shapes of `model`, by the formula; counters stay 0.
StateDict formula_state(const Layer& model, const std::string& file = "convnet");

}  // namespace ek
