// The note's ConvNet with dropout at two places: in front of its last norm, and behind it.
#pragma once

#include <cstdint>
#include <string>

#include "apps/training/build.h"
#include "apps/training/description.h"
#include "evenkeel/core/ops/reshape.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/layers/conv2d.h"
#include "evenkeel/layers/functions.h"
#include "evenkeel/layers/layer.h"
#include "evenkeel/layers/linear.h"
#include "evenkeel/layers/make_norm.h"
#include "evenkeel/models/convnet.h"
#include "evenkeel/models/registry.h"

namespace ek {

/// images [N, 3, H, W] -> logits [N, classes]: ConvNet with a pool to 8x8, and its names. Without a norm the two places
/// are the same, because relu(0) = 0 and relu(2 x) = 2 relu(x).
struct DropoutConvNet : Layer {
  DropoutConvNet(const ModelOptions& options, double p_before, double p_behind)
      : o_(options), p_before_(p_before), p_behind_(p_behind) {}
  Tensor forward(const Tensor& x) override {  // [N, 3, 32, 32]
    Tensor h = pool(relu(bn1(conv1(x))));     // [N, 64, 8, 8]
    h = fc1(flatten(h));                      // [N, 256]
    h = relu(bn2(before(h)));                 // [N, 256]
    return fc2(behind(h));                    // [N, classes]
  }
  std::string describe() const override { return "DropoutConvNet"; }

  const ModelOptions o_;
  const double p_before_, p_behind_;
  const std::int64_t pool_size_ = ConvNet::pool_to_8x8(o_.image);
  Conv2d& conv1 = add("conv1", Conv2d(o_.image[0], o_.wide(64), 3, {.padding = 1}));
  Layer& bn1 = add("bn1", make_norm2d(o_.wide(64), o_.norm));
  Layer& pool = add("pool", make_max_pool(pool_size_));
  Linear& fc1 = add("fc1", Linear(o_.flat("DropoutConvNet", 64, pool_size_), o_.wide(256)));
  Layer& before = add("before", make_dropout(p_before_));
  Layer& bn2 = add("bn2", make_norm1d(o_.wide(256), o_.norm));
  Layer& behind = add("behind", make_dropout(p_behind_));
  Linear& fc2 = add("fc2", Linear(o_.wide(256), o_.classes));
};

}  // namespace ek
