// What the ops should compute, written the slow and obvious way, in double.
#pragma once

#include <cstdint>
#include <vector>

#include "evenkeel/core/base/conv_shape.h"
#include "evenkeel/core/base/pair.h"
#include "evenkeel/core/ops/conv.h"
#include "evenkeel/core/ops/pool_windows.h"
#include "evenkeel/core/ops/pooling.h"
#include "evenkeel/core/tensor/tensor.h"

namespace ek::naive {

using Values = std::vector<double>;

inline Values values(const Tensor& t) { return {t.data().begin(), t.data().end()}; }

/// a [M, K], b [K, N] -> [M, N]
Values matmul(const Tensor& a, const Tensor& b);

/// conv2d and, where dy is given, its gradients: every product w x that goes into y, one after another. `dy`
/// and `bias` may be empty. Padding in numbers only.
struct Conv {
  Values y, dx, dweight, dbias;
};
Conv conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias, const Conv2dOptions& options,
            const Tensor& dy = {});

enum class Pool { max, average };
Values pool2d(const Tensor& x, Pair kernel, const PoolOptions& options, Pool kind);

/// (x - mean) / sqrt(var + eps) * weight + bias for x [N, C, ...]; a mean and a variance per channel over the
/// batch (groups = 0), or per sample and group of channels.
Values normalize(const Tensor& x, std::int64_t groups, const Tensor& weight, const Tensor& bias,
                 double eps);

/// e^x_i / sum_j e^x_j along an axis.
Values softmax(const Tensor& x, int axis);

}  // namespace ek::naive
