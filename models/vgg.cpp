#include "models/vgg.h"

#include "core/reshape.h"

namespace ek {

Tensor VGG::forward(const Tensor& x) {                  // [N, 3, 32, 32]
  Tensor h = norm_relu(bn1_, conv1_(x), o_.placement);  // [N, 64, 32, 32]
  h = pool_(norm_relu(bn2_, conv2_(h), o_.placement));  // [N, 64, 16, 16]
  h = norm_relu(bn3_, conv3_(h), o_.placement);         // [N, 128, 16, 16]
  h = pool_(norm_relu(bn4_, conv4_(h), o_.placement));  // [N, 128, 8, 8]
  h = norm_relu(bn5_, conv5_(h), o_.placement);         // [N, 256, 8, 8]
  h = pool_(norm_relu(bn6_, conv6_(h), o_.placement));  // [N, 256, 4, 4]
  h = norm_relu(bn7_, fc1_(flatten(h)), o_.placement);  // [N, 256]
  return fc2_(dropout_(h));                             // [N, classes]
}

}  // namespace ek
