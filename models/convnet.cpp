#include "models/convnet.h"

#include "core/check.h"
#include "layers/flatten.h"
#include "layers/pooling.h"

namespace ek {
namespace {

std::unique_ptr<Layer> pool_or_nothing(std::int64_t size) {
  if (size == 1) return std::make_unique<Identity>();
  return std::make_unique<MaxPool2d>(size);
}

std::int64_t flat_features(const ModelOptions& o, std::int64_t pool_size) {
  const Shape& image = o.image;
  check(image.rank() == 3 && image[1] >= pool_size && image[2] >= pool_size,
        "ConvNet: expected images [C, H, W] of at least ", pool_size, "x", pool_size, " pixels, got ", image);
  return o.wide(64) * (image[1] / pool_size) * (image[2] / pool_size);
}

}  // namespace

ConvNet::ConvNet(const ModelOptions& o, std::int64_t pool_size)
    : placement_(o.placement),
      conv1_(add("conv1", Conv2d(o.image[0], o.wide(64), 3, {.padding = 1}))),
      bn1_(add("bn1", make_norm2d(o.wide(64), o.norm))),
      pool_(add("pool", pool_or_nothing(pool_size))),
      fc1_(add("fc1", Linear(flat_features(o, pool_size), o.wide(256)))),
      bn2_(add("bn2", make_norm1d(o.wide(256), o.norm))),
      dropout_(add("dropout", make_dropout(o.dropout))),
      fc2_(add("fc2", Linear(o.wide(256), o.classes))) {}

Tensor ConvNet::forward(const Tensor& x) {            // [N, 3, 32, 32]; in brackets: with pool_size 4
  Tensor h = norm_relu(bn1_, conv1_(x), placement_);  // [N, 64, 32, 32]
  h = flatten(pool_(h));                              // [N, 65536]  ([N, 4096])
  h = norm_relu(bn2_, fc1_(h), placement_);           // [N, 256]
  return fc2_(dropout_(h));                           // [N, classes]
}

}  // namespace ek
