// A convolutional network small enough to be trained hundreds of times, also image by image.
#pragma once

#include <cstdint>
#include <iterator>
#include <memory>
#include <string>

#include "apps/training/build.h"
#include "apps/training/config.h"
#include "apps/training/description.h"
#include "evenkeel/core/ops/reshape.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/layers/conv2d.h"
#include "evenkeel/layers/functions.h"
#include "evenkeel/layers/layer.h"
#include "evenkeel/layers/linear.h"
#include "evenkeel/layers/make_norm.h"
#include "evenkeel/models/registry.h"

namespace ek {

/// images [N, 3, 32, 32] -> logits [N, classes]: the start of the note's ConvNet in its PyTorch spelling, a convolution
/// and a pool that brings its maps to 8x8, then two more convolutions and a fully connected layer. 16, 32 and 64
/// channels, a norm and a relu after each. Every norm sees maps, so that BatchNorm has more than one value per channel
/// with a batch of one image, too, and each norm is itself (a vector has no instance norm).
struct SmallConvNet : Layer {
  explicit SmallConvNet(const ModelOptions& options) : o_(options) {}
  Tensor forward(const Tensor& x) override {                   // [N, 3, 32, 32]
    Tensor h = pool1(norm_relu(bn1, conv1(x), o_.placement));  // [N, 16, 8, 8]
    h = pool2(norm_relu(bn2, conv2(h), o_.placement));         // [N, 32, 4, 4]
    h = norm_relu(bn3, conv3(h), o_.placement);                // [N, 64, 4, 4]
    return fc(flatten(h));                                     // [N, classes]
  }
  std::string describe() const override { return "SmallConvNet"; }

  /// With its bias, for the reason that VGG's have theirs: with and without a norm the parameters are the same.
  static Conv2d conv3x3(std::int64_t in, std::int64_t out) {
    return Conv2d(in, out, 3, {.padding = 1});
  }

  const ModelOptions o_;
  Conv2d& conv1 = add("conv1", conv3x3(o_.image[0], o_.wide(16)));
  Layer& bn1 = add("bn1", make_norm2d(o_.wide(16), o_.norm));
  MaxPool2d& pool1 = add("pool1", MaxPool2d(4));
  Conv2d& conv2 = add("conv2", conv3x3(o_.wide(16), o_.wide(32)));
  Layer& bn2 = add("bn2", make_norm2d(o_.wide(32), o_.norm));
  MaxPool2d& pool2 = add("pool2", MaxPool2d(2));
  Conv2d& conv3 = add("conv3", conv3x3(o_.wide(32), o_.wide(64)));
  Layer& bn3 = add("bn3", make_norm2d(o_.wide(64), o_.norm));
  Linear& fc = add("fc", Linear(o_.flat("SmallConvNet", 64, 8), o_.classes));
};

/// A trial's `make`.
inline std::unique_ptr<Layer> make_small_convnet(const TrainConfig& config, const DataInfo& info) {
  return std::make_unique<SmallConvNet>(
      model_options(config, info.image, std::ssize(info.class_names)));
}

}  // namespace ek
