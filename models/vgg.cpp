#include "models/vgg.h"

#include "core/check.h"
#include "core/reshape.h"

namespace ek {
namespace {

std::int64_t flat_features(const ModelOptions& o) {
  const Shape& image = o.image;
  check(image.rank() == 3 && image[1] >= 8 && image[2] >= 8,
        "VGG: expected images [C, H, W] of at least 8x8 pixels, got ", image);
  return o.wide(256) * (image[1] / 8) * (image[2] / 8);
}

/// With its bias, as in torchvision's vgg_bn, though a norm behind it subtracts it again: with and without a norm, and
/// for either placement, the names and start values are the same.
Conv2d conv3x3(std::int64_t in, std::int64_t out) { return Conv2d(in, out, 3, {.padding = 1}); }

}  // namespace

VGG::VGG(const ModelOptions& o)
    : placement_(o.placement),
      conv1_(add("conv1", conv3x3(o.image[0], o.wide(64)))),
      bn1_(add("bn1", make_norm2d(o.wide(64), o.norm))),
      conv2_(add("conv2", conv3x3(o.wide(64), o.wide(64)))),
      bn2_(add("bn2", make_norm2d(o.wide(64), o.norm))),
      conv3_(add("conv3", conv3x3(o.wide(64), o.wide(128)))),
      bn3_(add("bn3", make_norm2d(o.wide(128), o.norm))),
      conv4_(add("conv4", conv3x3(o.wide(128), o.wide(128)))),
      bn4_(add("bn4", make_norm2d(o.wide(128), o.norm))),
      conv5_(add("conv5", conv3x3(o.wide(128), o.wide(256)))),
      bn5_(add("bn5", make_norm2d(o.wide(256), o.norm))),
      conv6_(add("conv6", conv3x3(o.wide(256), o.wide(256)))),
      bn6_(add("bn6", make_norm2d(o.wide(256), o.norm))),
      pool_(add("pool", MaxPool2d(2))),
      fc1_(add("fc1", Linear(flat_features(o), o.wide(256)))),
      bn7_(add("bn7", make_norm1d(o.wide(256), o.norm))),
      dropout_(add("dropout", make_dropout(o.dropout))),
      fc2_(add("fc2", Linear(o.wide(256), o.classes))) {}

Tensor VGG::forward(const Tensor& x) {                // [N, 3, 32, 32]
  Tensor h = norm_relu(bn1_, conv1_(x), placement_);  // [N, 64, 32, 32]
  h = pool_(norm_relu(bn2_, conv2_(h), placement_));  // [N, 64, 16, 16]
  h = norm_relu(bn3_, conv3_(h), placement_);         // [N, 128, 16, 16]
  h = pool_(norm_relu(bn4_, conv4_(h), placement_));  // [N, 128, 8, 8]
  h = norm_relu(bn5_, conv5_(h), placement_);         // [N, 256, 8, 8]
  h = pool_(norm_relu(bn6_, conv6_(h), placement_));  // [N, 256, 4, 4]
  h = norm_relu(bn7_, fc1_(flatten(h)), placement_);  // [N, 256]
  return fc2_(dropout_(h));                           // [N, classes]
}

}  // namespace ek
