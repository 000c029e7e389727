#include "models/resnet.h"

#include "core/activation.h"
#include "core/cat.h"
#include "core/check.h"
#include "core/elementwise.h"
#include "core/pooling.h"
#include "core/reshape.h"

namespace ek {
namespace {

/// Half of the channels of zeros before x's own and half after them, as in the PyTorch versions of this network that
/// people have weights of. x [N, C, H, W] -> [N, channels, H/stride, W/stride]
Tensor option_a(const Tensor& x, std::int64_t channels, std::int64_t stride) {
  const Tensor h = avg_pool2d(x, 1, {.stride = stride});  // windows of one pixel
  const std::int64_t missing = channels - h.dim(1), before = missing / 2;
  auto zeros = [&](std::int64_t count) { return Tensor::zeros(h.shape().with(1, count)); };
  return cat({zeros(before), h, zeros(missing - before)}, 1);
}

}  // namespace

Tensor BasicBlock::forward(const Tensor& x) {           // [N, in, H, W]
  Tensor h = norm_relu(bn1_, conv1_(x), o_.placement);  // [N, out, H/stride, W/stride]
  h = conv2_(h);                                        // the same, as all below
  const Tensor shortcut = x.shape() == h.shape() ? x : option_a(x, h.dim(1), stride_);
  if (o_.placement == Placement::after) return bn2_(relu(h + shortcut));
  return relu(bn2_(h) + shortcut);
}

std::int64_t ResNet20::image_channels(const Shape& image) {
  check(image.rank() == 3 && image.numel() > 0, "ResNet20: expected images [C, H, W], got ", image);
  return image[0];
}

Tensor ResNet20::forward(const Tensor& x) {             // [N, 3, 32, 32]
  Tensor h = norm_relu(bn1_, conv1_(x), o_.placement);  // [N, 16, 32, 32]
  h = layer1_(h);                                       // [N, 16, 32, 32]
  h = layer2_(h);                                       // [N, 32, 16, 16]
  h = layer3_(h);                                       // [N, 64, 8, 8]
  h = flatten(avgpool_(h));                             // [N, 64]
  return fc_(dropout_(h));                              // [N, classes]
}

}  // namespace ek
