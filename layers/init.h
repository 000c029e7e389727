// Layers with a weight, and its start values.
#pragma once

#include <cmath>
#include <cstdint>

#include "evenkeel/core/base/real.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/ops/random.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/layers/layer.h"

namespace ek {

/// What Linear and Conv2d share: a weight [out, ...], over whose other axes an output value is the sum, and a bias [out]
/// or none, both with PyTorch's default start values ("kaiming_uniform" [He2015] with a = sqrt 5):
///   weight ~ U(-bound, bound), bound = gain sqrt(6 / ((1 + a^2) fan_in)) = gain / sqrt(fan_in)
///   bias ~ U(-bound, bound), bound = 1 / sqrt(fan_in), without the gain
/// fan_in = product of all axes of the weight but the first.
struct WeightedLayer : Layer {
  std::int64_t multiply_adds(const Shape&, const Shape& out) const override {
    return out.numel() * fan_in();
  }

 protected:
  /// To be called by the constructor, once it has checked its sizes.
  void make_parameters(const Shape& weight, bool bias) {
    weight_ = parameter("weight", Tensor(weight));
    if (bias) bias_ = parameter("bias", Tensor({weight[0]}));
    initialize_own({default_generator().next().key()});
  }
  void initialize_own(const InitSource& source) override {
    const double unit = 1 / std::sqrt(static_cast<double>(fan_in()));
    const auto weight_bound = static_cast<Real>(source.gain * unit),
               bias_bound = static_cast<Real>(unit);
    fill_uniform(weight_, -weight_bound, weight_bound, source.stream("weight"));
    if (bias_) fill_uniform(bias_, -bias_bound, bias_bound, source.stream("bias"));
  }
  std::int64_t fan_in() const { return weight_.shape().product(1, weight_.rank()); }
  Tensor weight_, bias_;
};

}  // namespace ek
