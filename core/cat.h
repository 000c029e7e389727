// Tensors joined along one axis.
#pragma once

#include <vector>

#include "core/tensor.h"

namespace ek {

/// The parts one after the other along `axis`: [A, B1, C], [A, B2, C], ... and axis 1 -> [A, B1 + B2 + ..., C]. Throws
/// std::invalid_argument where there is no part, or where their other sizes differ.
Tensor cat(const std::vector<Tensor>& parts, int axis = 0);

}  // namespace ek
