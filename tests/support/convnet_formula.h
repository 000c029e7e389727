// Start values of the note's ConvNet from a formula that tests/golden/golden_convnet.py computes too: 17
// million weights that need not be stored.
#pragma once

#include <map>
#include <string>

#include "core/state.h"
#include "layers/layer.h"

namespace ek {

/// Values offset + scale * u_i, each an exact float; u_i in [-1, 1) from a hash of (name, i).
Tensor formula_tensor(const std::string& name, const Shape& shape);

/// A state with the names and shapes of `model`, by the formula; counters stay 0.
StateDict formula_state(const Layer& model);

}  // namespace ek
