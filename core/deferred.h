// Results that are computed when they are first read. An op in front of a relu leaves its result like that; relu
// then does both in one pass over memory. Nobody else notices: every way to the values computes them first.
#pragma once

#include <functional>
#include <vector>

#include "core/tensor.h"

namespace ek {

/// A tensor whose values `compute` will write. `inputs` are what it reads: should one of them be written to
/// before, the values are computed first. `then_relu` makes the op that computes relu of the result directly.
Tensor defer(const Shape& shape, const std::vector<Tensor>& inputs, std::function<void(Tensor& out)> compute,
             std::function<Tensor()> then_relu);

/// relu(x) as one op with the one that x is deferred from; an empty tensor where x has its values.
Tensor fused_relu(const Tensor& x);

}  // namespace ek
