// ResNet-20 for images of CIFAR's size [He2016], section 4.2.
#pragma once

#include <cstdint>
#include <string>

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/ops/elementwise.h"
#include "evenkeel/core/ops/pooling.h"
#include "evenkeel/core/ops/random.h"
#include "evenkeel/core/ops/reshape.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/layers/conv2d.h"
#include "evenkeel/layers/functions.h"
#include "evenkeel/layers/layer.h"
#include "evenkeel/layers/linear.h"
#include "evenkeel/layers/make_norm.h"
#include "evenkeel/layers/sequential.h"
#include "evenkeel/models/registry.h"

namespace ek {

/// Without a bias, as every ResNet has it: the norm brings one of its own. Where there is no norm, the convolution's.
inline Conv2d conv3x3(std::int64_t in, std::int64_t out, std::int64_t stride,
                      const ModelOptions& o) {
  return Conv2d(in, out, 3, {.stride = stride, .padding = 1, .bias = o.norm.norm == Norm::none});
}

/// Half of the channels of zeros before x's own and half after them, as in the PyTorch versions of this network that
/// people have weights of. x [N, C, H, W] -> [N, channels, H/stride, W/stride]
inline Tensor option_a(const Tensor& x, std::int64_t channels, std::int64_t stride) {
  const Tensor h = avg_pool2d(x, 1, {.stride = stride});  // windows of one pixel
  const std::int64_t missing = channels - h.dim(1), before = missing / 2;
  auto zeros = [&](std::int64_t count) { return Tensor::zeros(h.shape().with(1, count)); };
  return cat({zeros(before), h, zeros(missing - before)}, 1);
}

/// y = relu(F(x) + shortcut(x)), F(x) = bn2(conv2(relu(bn1(conv1(x))))): x [N, in, H, W] -> [N, out, H/stride,
/// W/stride], sizes rounded up. The shortcut has no parameters: x itself, or where F changes the shape every stride-th
/// pixel of x with channels of zeros around its own (option A). With Placement::after each norm follows its relu:
/// y = bn2(relu(conv2(bn1(relu(conv1(x)))) + shortcut(x))).
struct BasicBlock : Layer {
  BasicBlock(std::int64_t in, std::int64_t out, std::int64_t stride, const ModelOptions& options)
      : o_(options), in_(in), out_(out), stride_(stride) {}
  Tensor forward(const Tensor& x) override {            // [N, in, H, W]
    Tensor h = norm_relu(bn1, conv1(x), o_.placement);  // [N, out, H/stride, W/stride]
    h = conv2(h);                                       // the same, as all below
    const Tensor shortcut = x.shape() == h.shape() ? x : option_a(x, h.dim(1), stride_);
    if (o_.placement == Placement::after) return bn2(relu(h + shortcut));
    return relu(bn2(h) + shortcut);
  }
  std::string describe() const override { return "BasicBlock"; }

  const ModelOptions o_;
  const std::int64_t in_, out_, stride_;
  Conv2d& conv1 = add("conv1", conv3x3(in_, out_, stride_, o_));
  Layer& bn1 = add("bn1", make_norm2d(out_, o_.norm));
  Conv2d& conv2 = add("conv2", conv3x3(out_, out_, 1, o_));
  Layer& bn2 = add("bn2", make_norm2d(out_, o_.norm));
};

/// images [N, 3, H, W] -> logits [N, classes]: a convolution with 16 channels, three stages of three blocks with 16, 32
/// and 64 channels, the mean of each map, a fully connected layer. 269,722 parameters for 10 classes.
struct ResNet20 : Layer {
  explicit ResNet20(const ModelOptions& options) : o_(options) {}
  Tensor forward(const Tensor& x) override {            // [N, 3, 32, 32]
    Tensor h = norm_relu(bn1, conv1(x), o_.placement);  // [N, 16, 32, 32]
    h = layer1(h);                                      // [N, 16, 32, 32]
    h = layer2(h);                                      // [N, 32, 16, 16]
    h = layer3(h);                                      // [N, 64, 8, 8]
    h = flatten(avgpool(h));                            // [N, 64]
    return fc(dropout(h));                              // [N, classes]
  }
  std::string describe() const override { return "ResNet20"; }

  static std::int64_t image_channels(const Shape& image) {
    check(image.rank() == 3 && image.numel() > 0, "ResNet20: expected images [C, H, W], got ",
          image);
    return image[0];
  }
  /// Three blocks, of which the first changes the shape.
  static Sequential stage(std::int64_t in, std::int64_t out, std::int64_t stride,
                          const ModelOptions& o) {
    return Sequential(BasicBlock(in, out, stride, o), BasicBlock(out, out, 1, o),
                      BasicBlock(out, out, 1, o));
  }

  const ModelOptions o_;
  Conv2d& conv1 = add("conv1", conv3x3(image_channels(o_.image), o_.wide(16), 1, o_));
  Layer& bn1 = add("bn1", make_norm2d(o_.wide(16), o_.norm));
  Sequential& layer1 = add("layer1", stage(o_.wide(16), o_.wide(16), 1, o_));
  Sequential& layer2 = add("layer2", stage(o_.wide(16), o_.wide(32), 2, o_));
  Sequential& layer3 = add("layer3", stage(o_.wide(32), o_.wide(64), 2, o_));
  AdaptiveAvgPool2d& avgpool = add("avgpool", AdaptiveAvgPool2d(1));
  Layer& dropout = add("dropout", make_dropout(o_.dropout));
  Linear& fc = add("fc", Linear(o_.wide(64), o_.classes));
};

}  // namespace ek
