// The loss around a model's weights, in the direction in which the next step of gradient descent goes.
#pragma once

#include "evenkeel/data/loader.h"
#include "evenkeel/layers/layer.h"

namespace ek {

/// What is found at w - s lr g, where g is the gradient at w, for seven sizes s between 1/2 and 4 (after Santurkar et
/// al. 2018, figure 4).
struct Landscape {
  double lowest, highest;  // loss
  double
      gradient_change;  // |g(w - lr g) - g|, in the l2 norm: how well the gradient predicts the next one
  double
      smoothness;  // the largest |g(w') - g| / |w' - w| at s = 1 and 4: a lower bound of beta, for beta-smooth
};

/// Of this batch, in training mode; every size starts with the same running statistics and random numbers. The model is
/// left as it was.
Landscape landscape_along_gradient(Layer& model, const Batch& batch, double lr);

}  // namespace ek
