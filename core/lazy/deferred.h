// Results that are computed when they are first read. An op in front of a relu or of an addition leaves its result
// like that; all are then done in one pass over memory, and in inference BatchNorm becomes part of the convolution
// before it. In training a norm has the convolution before it add up its moments. Gradients wait too, for another one to
// be added to, for an op that takes them by samples, or for the optimizer, which takes a large weight's piece by piece: it
// is never laid out as a whole. Nobody else notices: every way to the values computes them first.
#pragma once

#include <functional>
#include <vector>

#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/fast/row_moments.h"
#include "evenkeel/core/tensor/pieces.h"
#include "evenkeel/core/tensor/tensor.h"

namespace ek {

/// How a deferred op computes its result; and how another op can take it in, each function making one op of the two, or
/// take it from the cache.
struct Deferred {
  std::function<void(Tensor& out)> compute;
  std::function<Tensor()> relu = {};
  std::function<Tensor(const Tensor& other)> add = {};  // of the same shape
  /// y[n, c, ...] = scale[c] x[n, c, ...] + shift[c]; only for results without history
  std::function<Tensor(const Tensor& scale, const Tensor& shift)> scale_shift = {};
  Samples samples = {};  // only for results without history
  /// Computes the values and the moments of their rows, the N C maps of a result [N, C, H, W], while those are in the cache.
  std::function<void(Tensor& out, std::vector<RowMoments>* rows)> moments = {};
  /// Hands each piece of the result over while it is in the cache.
  std::function<void(const Consumer& to)> pieces = {};
};

/// A tensor whose values how.compute will write. `inputs` are what it reads: should one of them be written to before, the
/// values are computed first.
Tensor defer(const Shape& shape, const std::vector<Tensor>& inputs, Deferred how);

/// scale[c] x[n, c, ...] + shift[c] as one op with the one that x is deferred from, without history; an empty tensor
/// where x has its values, has a history, or that op does not take this one in.
Tensor fused_scale_shift(const Tensor& x, const Tensor& scale, const Tensor& shift);

/// Computes x together with the moments of its rows, where it is deferred by an op that can; else none. Those of some rows may
/// be missing: count = 0.
std::vector<RowMoments> row_moments_of(const Tensor& x);

}  // namespace ek
