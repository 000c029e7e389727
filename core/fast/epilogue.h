// What a convolution does with its sums, while they are in the cache.
#pragma once

#include <cstdint>
#include <vector>

#include "evenkeel/core/base/conv_shape.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/fast/row_moments.h"
#include "evenkeel/core/tensor/tensor.h"

namespace ek {

/// What becomes of the sums over the channels: y = sum + bias + residual and, with relu, max(that, 0).
struct Epilogue {
  Tensor bias = {}, residual = {};  // [O], y's shape; either may be empty
  bool relu = false;
  std::vector<RowMoments>* moments =
      nullptr;  // receives those of y's maps, unless a map is done in several parts

  /// A residual is added to rows that have just been written, and relu comes after it.
  bool relu_at_once() const { return relu && !residual; }
  /// Finishes rows begin, ..., end of `maps` maps from the first one on, counted over all samples; y: all values.
  void finish(const ConvShape& s, std::int64_t first, std::int64_t maps, std::int64_t begin,
              std::int64_t end, Real* y) const;
};

}  // namespace ek
