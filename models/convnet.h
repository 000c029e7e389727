// The note's ConvNet: one convolution, two fully connected layers, a norm after the first two of the three.
#pragma once

#include <cstdint>
#include <string>

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/ops/random.h"
#include "evenkeel/core/ops/reshape.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/layers/conv2d.h"
#include "evenkeel/layers/layer.h"
#include "evenkeel/layers/linear.h"
#include "evenkeel/layers/make_norm.h"
#include "evenkeel/models/registry.h"

namespace ek {

/// images [N, 3, H, W] -> logits [N, classes]. The note gives the network twice, and the two differ: its
/// Keras code flattens the maps of a 32x32 image (Dense on 64*32*32 values), while its PyTorch code has
/// Linear(64 * 8 * 8, 256), which fits 8x8 maps only. Both are here: ConvNet(o, 1) is the Keras spelling;
/// ConvNet(o, 4) is the PyTorch spelling, with a 4x4 max-pool that brings the maps of a 32x32 image to 8x8.
struct ConvNet : Layer {
  ConvNet(const ModelOptions& options, std::int64_t pool_size)
      : o_(options), pool_size_(pool_size) {}
  Tensor forward(const Tensor& x) override {  // [N, 3, 32, 32]; in brackets: with pool_size 4
    Tensor h = norm_relu(bn1, conv1(x), o_.placement);  // [N, 64, 32, 32]
    h = flatten(pool(h));                               // [N, 65536]  ([N, 4096])
    h = norm_relu(bn2, fc1(h), o_.placement);           // [N, 256]
    return fc2(dropout(h));                             // [N, classes]
  }
  std::string describe() const override { return "ConvNet"; }

  /// The pool_size that brings maps of the image's size to 8x8.
  static std::int64_t pool_to_8x8(const Shape& image) {
    check(image.rank() == 3 && image[1] == image[2] && image[1] > 0 && image[1] % 8 == 0,
          "convnet-8x8: expected square images [C, S, S] with S a multiple of 8, got ", image);
    return image[1] / 8;
  }

  const ModelOptions o_;
  const std::int64_t pool_size_;
  Conv2d& conv1 = add("conv1", Conv2d(o_.image[0], o_.wide(64), 3, {.padding = 1}));
  Layer& bn1 = add(
      "bn1", make_norm2d(o_.wide(64), o_.norm));  // these names are the note's, whatever the norm
  Layer& pool = add("pool", make_max_pool(pool_size_));
  Linear& fc1 = add("fc1", Linear(o_.flat("ConvNet", 64, pool_size_), o_.wide(256)));
  Layer& bn2 = add("bn2", make_norm1d(o_.wide(256), o_.norm));
  Layer& dropout = add("dropout", make_dropout(o_.dropout));
  Linear& fc2 = add("fc2", Linear(o_.wide(256), o_.classes));
};

}  // namespace ek
