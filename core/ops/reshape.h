// The same values arranged in another way: seen in another shape (no copy), joined, transposed.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <vector>

#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/tensor/tensor.h"

namespace ek {

/// The same values in the same order. One size may be -1: it is what is left. Shares storage with x.
Tensor reshape(const Tensor& x, std::initializer_list<std::int64_t> sizes);
Tensor reshape(const Tensor& x, const Shape& shape);

/// Joins axes `start` to the last: [N, C, H, W] -> [N, C*H*W]. Shares storage with x.
Tensor flatten(const Tensor& x, int start = 1);

/// The parts one after the other along `axis`: [A, B1, C], [A, B2, C], ... and axis 1 -> [A, B1 + B2 + ..., C]. Throws
/// std::invalid_argument where there is no part, or where their other sizes differ.
Tensor cat(const std::vector<Tensor>& parts, int axis = 0);

/// x [M, N] -> x^T [N, M], copied.
Tensor transpose(const Tensor& x);

}  // namespace ek
