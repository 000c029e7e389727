// ResNet-20 for images of CIFAR's size [He2016], section 4.2.
#pragma once

#include "layers/conv2d.h"
#include "layers/linear.h"
#include "layers/pooling.h"
#include "layers/sequential.h"
#include "models/model_options.h"

namespace ek {

/// y = relu(F(x) + shortcut(x)), F(x) = bn2(conv2(relu(bn1(conv1(x))))): x [N, in, H, W] -> [N, out, H/stride,
/// W/stride], sizes rounded up. The shortcut has no parameters: x itself, or where F changes the shape every stride-th
/// pixel of x with channels of zeros around its own (option A). With Placement::after each norm follows its relu:
/// y = bn2(relu(conv2(bn1(relu(conv1(x)))) + shortcut(x))).
class BasicBlock : public Layer {
 public:
  BasicBlock(std::int64_t in, std::int64_t out, std::int64_t stride, const ModelOptions& options);
  Tensor forward(const Tensor& x) override;
  std::string describe() const override { return "BasicBlock"; }

 private:
  Placement placement_;
  std::int64_t stride_;
  Conv2d& conv1_;
  Layer& bn1_;
  Conv2d& conv2_;
  Layer& bn2_;
};

/// images [N, 3, H, W] -> logits [N, classes]: a convolution with 16 channels, three stages of three blocks with 16, 32
/// and 64 channels, the mean of each map, a fully connected layer. 269,722 parameters for 10 classes.
class ResNet20 : public Layer {
 public:
  explicit ResNet20(const ModelOptions& options);
  Tensor forward(const Tensor& x) override;
  std::string describe() const override { return "ResNet20"; }

 private:
  Placement placement_;
  Conv2d& conv1_;
  Layer& bn1_;
  Sequential& layer1_;
  Sequential& layer2_;
  Sequential& layer3_;
  AdaptiveAvgPool2d& avgpool_;
  Layer& dropout_;
  Linear& fc_;
};

}  // namespace ek
