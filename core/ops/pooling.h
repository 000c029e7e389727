// Pooling over windows of an image.
#pragma once

#include <optional>

#include "evenkeel/core/base/pair.h"
#include "evenkeel/core/tensor/tensor.h"

namespace ek {

struct PoolOptions {
  std::optional<Pair> stride = {};  // as the kernel where it is not set
  Pair padding = 0;                 // at most half the kernel
  bool count_include_pad = true;    // average only: do the zeros around the image count?
};

/// x [N, C, H, W] -> [N, C, OH, OW], OH = (H + 2 padding - kernel) / stride + 1.
/// The largest value of each window (padding never wins; NaN does). The gradient goes to the first largest. Throws
/// where a window has more than 65,536 values.
Tensor max_pool2d(const Tensor& x, Pair kernel, const PoolOptions& options = {});

/// The mean of each window.
Tensor avg_pool2d(const Tensor& x, Pair kernel, const PoolOptions& options = {});

/// x [N, C, H, W] -> [N, C, output.h, output.w]: output row i averages rows floor(i H / OH) to ceil((i+1) H /
/// OH).
Tensor adaptive_avg_pool2d(const Tensor& x, Pair output);

/// x [N, C, H, W] -> [N, C, 1, 1]: the mean of each map.
inline Tensor global_avg_pool2d(const Tensor& x) { return adaptive_avg_pool2d(x, 1); }

}  // namespace ek
