// ResNet-20 for images of CIFAR's size [He2016], section 4.2.
#pragma once

#include "layers/conv2d.h"
#include "layers/linear.h"
#include "layers/pooling.h"
#include "layers/sequential.h"
#include "models/model_options.h"

namespace ek {

/// Without a bias, as every ResNet has it: the norm brings one of its own. Where there is no norm, the convolution's.
inline Conv2d conv3x3(std::int64_t in, std::int64_t out, std::int64_t stride, const ModelOptions& o) {
  return Conv2d(in, out, 3, {.stride = stride, .padding = 1, .bias = o.norm.norm == Norm::none});
}

/// y = relu(F(x) + shortcut(x)), F(x) = bn2(conv2(relu(bn1(conv1(x))))): x [N, in, H, W] -> [N, out, H/stride,
/// W/stride], sizes rounded up. The shortcut has no parameters: x itself, or where F changes the shape every stride-th
/// pixel of x with channels of zeros around its own (option A). With Placement::after each norm follows its relu:
/// y = bn2(relu(conv2(bn1(relu(conv1(x)))) + shortcut(x))).
class BasicBlock : public Layer {
 public:
  BasicBlock(std::int64_t in, std::int64_t out, std::int64_t stride, const ModelOptions& options)
      : o_(options), in_(in), out_(out), stride_(stride) {}
  Tensor forward(const Tensor& x) override;
  std::string describe() const override { return "BasicBlock"; }

 private:
  const ModelOptions o_;
  const std::int64_t in_, out_, stride_;
  Conv2d& conv1_ = add("conv1", conv3x3(in_, out_, stride_, o_));
  Layer& bn1_ = add("bn1", make_norm2d(out_, o_.norm));
  Conv2d& conv2_ = add("conv2", conv3x3(out_, out_, 1, o_));
  Layer& bn2_ = add("bn2", make_norm2d(out_, o_.norm));
};

/// images [N, 3, H, W] -> logits [N, classes]: a convolution with 16 channels, three stages of three blocks with 16, 32
/// and 64 channels, the mean of each map, a fully connected layer. 269,722 parameters for 10 classes.
class ResNet20 : public Layer {
 public:
  explicit ResNet20(const ModelOptions& options) : o_(options) {}
  Tensor forward(const Tensor& x) override;
  std::string describe() const override { return "ResNet20"; }

 private:
  static std::int64_t image_channels(const Shape& image);
  /// Three blocks, of which the first changes the shape.
  static Sequential stage(std::int64_t in, std::int64_t out, std::int64_t stride, const ModelOptions& o) {
    return Sequential(BasicBlock(in, out, stride, o), BasicBlock(out, out, 1, o), BasicBlock(out, out, 1, o));
  }

  const ModelOptions o_;
  Conv2d& conv1_ = add("conv1", conv3x3(image_channels(o_.image), o_.wide(16), 1, o_));
  Layer& bn1_ = add("bn1", make_norm2d(o_.wide(16), o_.norm));
  Sequential& layer1_ = add("layer1", stage(o_.wide(16), o_.wide(16), 1, o_));
  Sequential& layer2_ = add("layer2", stage(o_.wide(16), o_.wide(32), 2, o_));
  Sequential& layer3_ = add("layer3", stage(o_.wide(32), o_.wide(64), 2, o_));
  AdaptiveAvgPool2d& avgpool_ = add("avgpool", AdaptiveAvgPool2d(1));
  Layer& dropout_ = add("dropout", make_dropout(o_.dropout));
  Linear& fc_ = add("fc", Linear(o_.wide(64), o_.classes));
};

}  // namespace ek
