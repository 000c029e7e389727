#include "models/resnet.h"

#include "core/activation.h"
#include "core/cat.h"
#include "core/check.h"
#include "core/elementwise.h"
#include "core/pooling.h"
#include "core/reshape.h"

namespace ek {
namespace {

/// Without a bias, as every ResNet has it: the norm brings one of its own. Where there is no norm, the convolution's.
Conv2d conv3x3(std::int64_t in, std::int64_t out, std::int64_t stride, const ModelOptions& o) {
  return Conv2d(in, out, 3, {.stride = stride, .padding = 1, .bias = o.norm.norm == Norm::none});
}

/// Half of the channels of zeros before x's own and half after them, as in the PyTorch versions of this network that
/// people have weights of. x [N, C, H, W] -> [N, channels, H/stride, W/stride]
Tensor option_a(const Tensor& x, std::int64_t channels, std::int64_t stride) {
  const Tensor h = avg_pool2d(x, 1, {.stride = stride});  // windows of one pixel
  const std::int64_t missing = channels - h.dim(1), before = missing / 2;
  auto zeros = [&](std::int64_t count) { return Tensor::zeros(h.shape().with(1, count)); };
  return cat({zeros(before), h, zeros(missing - before)}, 1);
}

/// Three blocks, of which the first changes the shape.
Sequential stage(std::int64_t in, std::int64_t out, std::int64_t stride, const ModelOptions& o) {
  return Sequential(BasicBlock(in, out, stride, o), BasicBlock(out, out, 1, o), BasicBlock(out, out, 1, o));
}

std::int64_t image_channels(const Shape& image) {
  check(image.rank() == 3 && image.numel() > 0, "ResNet20: expected images [C, H, W], got ", image);
  return image[0];
}

}  // namespace

BasicBlock::BasicBlock(std::int64_t in, std::int64_t out, std::int64_t stride, const ModelOptions& o)
    : placement_(o.placement),
      stride_(stride),
      conv1_(add("conv1", conv3x3(in, out, stride, o))),
      bn1_(add("bn1", make_norm2d(out, o.norm))),
      conv2_(add("conv2", conv3x3(out, out, 1, o))),
      bn2_(add("bn2", make_norm2d(out, o.norm))) {}

Tensor BasicBlock::forward(const Tensor& x) {         // [N, in, H, W]
  Tensor h = norm_relu(bn1_, conv1_(x), placement_);  // [N, out, H/stride, W/stride]
  h = conv2_(h);                                      // the same, as all below
  const Tensor shortcut = x.shape() == h.shape() ? x : option_a(x, h.dim(1), stride_);
  if (placement_ == Placement::after) return bn2_(relu(h + shortcut));
  return relu(bn2_(h) + shortcut);
}

ResNet20::ResNet20(const ModelOptions& o)
    : placement_(o.placement),
      conv1_(add("conv1", conv3x3(image_channels(o.image), o.wide(16), 1, o))),
      bn1_(add("bn1", make_norm2d(o.wide(16), o.norm))),
      layer1_(add("layer1", stage(o.wide(16), o.wide(16), 1, o))),
      layer2_(add("layer2", stage(o.wide(16), o.wide(32), 2, o))),
      layer3_(add("layer3", stage(o.wide(32), o.wide(64), 2, o))),
      avgpool_(add("avgpool", AdaptiveAvgPool2d(1))),
      dropout_(add("dropout", make_dropout(o.dropout))),
      fc_(add("fc", Linear(o.wide(64), o.classes))) {}

Tensor ResNet20::forward(const Tensor& x) {           // [N, 3, 32, 32]
  Tensor h = norm_relu(bn1_, conv1_(x), placement_);  // [N, 16, 32, 32]
  h = layer1_(h);                                     // [N, 16, 32, 32]
  h = layer2_(h);                                     // [N, 32, 16, 16]
  h = layer3_(h);                                     // [N, 64, 8, 8]
  h = flatten(avgpool_(h));                           // [N, 64]
  return fc_(dropout_(h));                            // [N, classes]
}

}  // namespace ek
