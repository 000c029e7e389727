// A small VGG: six convolutions in three stages, two fully connected layers [Simonyan2015].
#pragma once

#include <cstdint>
#include <string>

#include "evenkeel/core/ops/random.h"
#include "evenkeel/core/ops/reshape.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/layers/conv2d.h"
#include "evenkeel/layers/functions.h"
#include "evenkeel/layers/layer.h"
#include "evenkeel/layers/linear.h"
#include "evenkeel/layers/make_norm.h"
#include "evenkeel/models/registry.h"

namespace ek {

/// images [N, 3, H, W] of at least 8x8 pixels -> logits [N, classes]. Convolutions 3x3 with 64, 64, pool, 128, 128,
/// pool, 256, 256 channels, pool; then fully connected layers 256 and classes. A norm and a relu after each but the
/// last. Throws std::invalid_argument for smaller images.
struct VGG : Layer {
  explicit VGG(const ModelOptions& options) : o_(options) {}
  Tensor forward(const Tensor& x) override {            // [N, 3, 32, 32]
    Tensor h = norm_relu(bn1, conv1(x), o_.placement);  // [N, 64, 32, 32]
    h = pool(norm_relu(bn2, conv2(h), o_.placement));   // [N, 64, 16, 16]
    h = norm_relu(bn3, conv3(h), o_.placement);         // [N, 128, 16, 16]
    h = pool(norm_relu(bn4, conv4(h), o_.placement));   // [N, 128, 8, 8]
    h = norm_relu(bn5, conv5(h), o_.placement);         // [N, 256, 8, 8]
    h = pool(norm_relu(bn6, conv6(h), o_.placement));   // [N, 256, 4, 4]
    h = norm_relu(bn7, fc1(flatten(h)), o_.placement);  // [N, 256]
    return fc2(dropout(h));                             // [N, classes]
  }
  std::string describe() const override { return "VGG"; }

  /// With its bias, as in torchvision's vgg_bn, though a norm behind it subtracts it again: with and without a norm, and
  /// for either placement, the names and start values are the same.
  static Conv2d conv3x3(std::int64_t in, std::int64_t out) {
    return Conv2d(in, out, 3, {.padding = 1});
  }

  const ModelOptions o_;
  Conv2d& conv1 = add("conv1", conv3x3(o_.image[0], o_.wide(64)));
  Layer& bn1 = add("bn1", make_norm2d(o_.wide(64), o_.norm));
  Conv2d& conv2 = add("conv2", conv3x3(o_.wide(64), o_.wide(64)));
  Layer& bn2 = add("bn2", make_norm2d(o_.wide(64), o_.norm));
  Conv2d& conv3 = add("conv3", conv3x3(o_.wide(64), o_.wide(128)));
  Layer& bn3 = add("bn3", make_norm2d(o_.wide(128), o_.norm));
  Conv2d& conv4 = add("conv4", conv3x3(o_.wide(128), o_.wide(128)));
  Layer& bn4 = add("bn4", make_norm2d(o_.wide(128), o_.norm));
  Conv2d& conv5 = add("conv5", conv3x3(o_.wide(128), o_.wide(256)));
  Layer& bn5 = add("bn5", make_norm2d(o_.wide(256), o_.norm));
  Conv2d& conv6 = add("conv6", conv3x3(o_.wide(256), o_.wide(256)));
  Layer& bn6 = add("bn6", make_norm2d(o_.wide(256), o_.norm));
  MaxPool2d& pool = add("pool", MaxPool2d(2));
  Linear& fc1 = add("fc1", Linear(o_.flat("VGG", 256, 8), o_.wide(256)));
  Layer& bn7 = add("bn7", make_norm1d(o_.wide(256), o_.norm));
  Layer& dropout = add("dropout", make_dropout(o_.dropout));
  Linear& fc2 = add("fc2", Linear(o_.wide(256), o_.classes));
};

}  // namespace ek
