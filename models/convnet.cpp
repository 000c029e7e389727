#include "models/convnet.h"

#include "core/reshape.h"

namespace ek {

Tensor ConvNet::forward(const Tensor& x) {              // [N, 3, 32, 32]; in brackets: with pool_size 4
  Tensor h = norm_relu(bn1_, conv1_(x), o_.placement);  // [N, 64, 32, 32]
  h = flatten(pool_(h));                                // [N, 65536]  ([N, 4096])
  h = norm_relu(bn2_, fc1_(h), o_.placement);           // [N, 256]
  return fc2_(dropout_(h));                             // [N, classes]
}

}  // namespace ek
