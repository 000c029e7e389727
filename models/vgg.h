// A small VGG: six convolutions in three stages, two fully connected layers [Simonyan2015].
#pragma once

#include "layers/conv2d.h"
#include "layers/linear.h"
#include "layers/pooling.h"
#include "models/model_options.h"

namespace ek {

/// images [N, 3, H, W] of at least 8x8 pixels -> logits [N, classes]. Convolutions 3x3 with 64, 64, pool, 128, 128,
/// pool, 256, 256 channels, pool; then fully connected layers 256 and classes. A norm and a relu after each but the
/// last. Throws std::invalid_argument for smaller images.
class VGG : public Layer {
 public:
  explicit VGG(const ModelOptions& options);
  Tensor forward(const Tensor& x) override;
  std::string describe() const override { return "VGG"; }

 private:
  Placement placement_;
  Conv2d& conv1_;
  Layer& bn1_;
  Conv2d& conv2_;
  Layer& bn2_;
  Conv2d& conv3_;
  Layer& bn3_;
  Conv2d& conv4_;
  Layer& bn4_;
  Conv2d& conv5_;
  Layer& bn5_;
  Conv2d& conv6_;
  Layer& bn6_;
  MaxPool2d& pool_;
  Linear& fc1_;
  Layer& bn7_;
  Layer& dropout_;
  Linear& fc2_;
};

}  // namespace ek
