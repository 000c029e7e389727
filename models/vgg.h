// A small VGG: six convolutions in three stages, two fully connected layers [Simonyan2015].
#pragma once

#include "core/reshape.h"
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
  explicit VGG(const ModelOptions& options) : o_(options) {}
  Tensor forward(const Tensor& x) override {              // [N, 3, 32, 32]
    Tensor h = norm_relu(bn1_, conv1_(x), o_.placement);  // [N, 64, 32, 32]
    h = pool_(norm_relu(bn2_, conv2_(h), o_.placement));  // [N, 64, 16, 16]
    h = norm_relu(bn3_, conv3_(h), o_.placement);         // [N, 128, 16, 16]
    h = pool_(norm_relu(bn4_, conv4_(h), o_.placement));  // [N, 128, 8, 8]
    h = norm_relu(bn5_, conv5_(h), o_.placement);         // [N, 256, 8, 8]
    h = pool_(norm_relu(bn6_, conv6_(h), o_.placement));  // [N, 256, 4, 4]
    h = norm_relu(bn7_, fc1_(flatten(h)), o_.placement);  // [N, 256]
    return fc2_(dropout_(h));                             // [N, classes]
  }
  std::string describe() const override { return "VGG"; }

 private:
  /// With its bias, as in torchvision's vgg_bn, though a norm behind it subtracts it again: with and without a norm, and
  /// for either placement, the names and start values are the same.
  static Conv2d conv3x3(std::int64_t in, std::int64_t out) { return Conv2d(in, out, 3, {.padding = 1}); }

  const ModelOptions o_;
  Conv2d& conv1_ = add("conv1", conv3x3(o_.image[0], o_.wide(64)));
  Layer& bn1_ = add("bn1", make_norm2d(o_.wide(64), o_.norm));
  Conv2d& conv2_ = add("conv2", conv3x3(o_.wide(64), o_.wide(64)));
  Layer& bn2_ = add("bn2", make_norm2d(o_.wide(64), o_.norm));
  Conv2d& conv3_ = add("conv3", conv3x3(o_.wide(64), o_.wide(128)));
  Layer& bn3_ = add("bn3", make_norm2d(o_.wide(128), o_.norm));
  Conv2d& conv4_ = add("conv4", conv3x3(o_.wide(128), o_.wide(128)));
  Layer& bn4_ = add("bn4", make_norm2d(o_.wide(128), o_.norm));
  Conv2d& conv5_ = add("conv5", conv3x3(o_.wide(128), o_.wide(256)));
  Layer& bn5_ = add("bn5", make_norm2d(o_.wide(256), o_.norm));
  Conv2d& conv6_ = add("conv6", conv3x3(o_.wide(256), o_.wide(256)));
  Layer& bn6_ = add("bn6", make_norm2d(o_.wide(256), o_.norm));
  MaxPool2d& pool_ = add("pool", MaxPool2d(2));
  Linear& fc1_ = add("fc1", Linear(o_.flat("VGG", 256, 8), o_.wide(256)));
  Layer& bn7_ = add("bn7", make_norm1d(o_.wide(256), o_.norm));
  Layer& dropout_ = add("dropout", make_dropout(o_.dropout));
  Linear& fc2_ = add("fc2", Linear(o_.wide(256), o_.classes));
};

}  // namespace ek
