// How much the other images of a batch move an image's logits: the noise that BatchNorm adds.
#pragma once

#include <cstdint>

#include "apps/lab/trial.h"

namespace ek {

struct BatchNoise {
  double
      noise;  // sd of a logit over batches that share its image: root mean square over images and classes
  double
      signal;  // sd of a logit over test images, in inference mode: root mean square over classes
};

/// Puts each of `images` test images at the head of `draws` batches of the run's size, whose other images are drawn from
/// the training images, and looks at its logits in training mode. Changes nothing. REQUIRES: a batch of more than one image, a model without
/// dropout.
BatchNoise batch_noise(const Training& training, std::int64_t images, std::int64_t draws);

}  // namespace ek
