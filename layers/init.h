// Layers with a weight, and its start values.
#pragma once

#include "layers/layer.h"

namespace ek {

/// What Linear and Conv2d share: a weight [out, ...], over whose other axes an output value is the sum, and a bias [out]
/// or none, both with PyTorch's default start values ("kaiming_uniform" [He2015] with a = sqrt 5):
///   weight ~ U(-bound, bound), bound = gain sqrt(6 / ((1 + a^2) fan_in)) = gain / sqrt(fan_in)
///   bias ~ U(-bound, bound), bound = 1 / sqrt(fan_in), without the gain
/// fan_in = product of all axes of the weight but the first.
class WeightedLayer : public Layer {
 public:
  std::int64_t multiply_adds(const Shape&, const Shape& out) const override { return out.numel() * fan_in(); }

 protected:
  /// To be called by the constructor, once it has checked its sizes.
  void make_parameters(const Shape& weight, bool bias);
  void initialize_own(const InitSource& source) override;
  std::int64_t fan_in() const { return weight_.shape().product(1, weight_.rank()); }
  Tensor weight_, bias_;
};

}  // namespace ek
