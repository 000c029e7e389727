// A VGG whose BatchNorms are followed by noise: what they have made stable is unstable again.
#pragma once

#include <string>

#include "evenkeel/core/files/state.h"
#include "evenkeel/core/ops/random.h"
#include "evenkeel/core/ops/reshape.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/layers/layer.h"
#include "evenkeel/models/registry.h"
#include "evenkeel/models/vgg.h"

namespace ek {

/// How strong the noise is, beside a BatchNorm's output of standard deviation 1.
struct NoiseOptions {
  double largest_mean = 1;  // the means lie in [-largest_mean, largest_mean)
  double largest_sd = 0.5;  // the standard deviations in [0, largest_sd)
};

/// In training adds noise to x [N, C, ...], value by value; the identity in inference. The noise of a channel has a
/// mean and a standard deviation of its own, which are drawn anew for every step, so that the distribution of what the
/// next layer sees changes with every step [after Santurkar et al. 2018]. The noise is uniform, and a function of the
/// seed, the layer's path, the step and the place.
struct Noise : Layer {
  explicit Noise(const NoiseOptions& options = {}) : o_(options) {}
  Tensor forward(const Tensor& x) override;
  std::string describe() const override { return "Noise()"; }

 protected:
  void initialize_own(const InitSource& source) override {
    stream_ = source.stream("noise");
    steps_.mutable_data()[0] = 0;
  }

 private:
  NoiseOptions o_;
  Stream stream_{0};
  IntTensor steps_ = counter("steps");  // a buffer: who restores the model restores the noise
};

/// VGG with noise after each norm. All else is VGG's: names, start values, shapes.
struct NoisyVGG : VGG {
  explicit NoisyVGG(const ModelOptions& options, const NoiseOptions& noise = {})
      : VGG(options), n_(noise) {}
  Tensor forward(const Tensor& x) override {  // [N, 3, 32, 32]
    Tensor h = relu(noise1(bn1(conv1(x))));   // [N, 64, 32, 32]
    h = pool(relu(noise2(bn2(conv2(h)))));    // [N, 64, 16, 16]
    h = relu(noise3(bn3(conv3(h))));          // [N, 128, 16, 16]
    h = pool(relu(noise4(bn4(conv4(h)))));    // [N, 128, 8, 8]
    h = relu(noise5(bn5(conv5(h))));          // [N, 256, 8, 8]
    h = pool(relu(noise6(bn6(conv6(h)))));    // [N, 256, 4, 4]
    h = relu(noise7(bn7(fc1(flatten(h)))));   // [N, 256]
    return fc2(dropout(h));                   // [N, classes]
  }
  std::string describe() const override { return "NoisyVGG"; }

  const NoiseOptions n_;
  Noise& noise1 = add("noise1", Noise(n_));
  Noise& noise2 = add("noise2", Noise(n_));
  Noise& noise3 = add("noise3", Noise(n_));
  Noise& noise4 = add("noise4", Noise(n_));
  Noise& noise5 = add("noise5", Noise(n_));
  Noise& noise6 = add("noise6", Noise(n_));
  Noise& noise7 = add("noise7", Noise(n_));
};

}  // namespace ek
