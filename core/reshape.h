// The same values in another shape: no copy.
#pragma once

#include "core/tensor.h"

namespace ek {

/// The same values in the same order. One size may be -1: it is what is left. Shares storage with x.
Tensor reshape(const Tensor& x, std::initializer_list<std::int64_t> sizes);
Tensor reshape(const Tensor& x, const Shape& shape);

/// Joins axes `start` to the last: [N, C, H, W] -> [N, C*H*W]. Shares storage with x.
Tensor flatten(const Tensor& x, int start = 1);

}  // namespace ek
