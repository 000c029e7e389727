// Start values of weights, and the layers that have them.
#pragma once

#include "layers/layer.h"

namespace ek {

/// weight ~ U(-bound, bound), bound = gain sqrt(6 / ((1 + a^2) fan_in)) with a = sqrt 5: gain / sqrt(fan_in).
/// PyTorch's default for Linear and Conv2d ("kaiming_uniform" [He2015]). fan_in = product of all axes but the
/// first.
void kaiming_uniform(Tensor& weight, const InitSource& source, const std::string& name);

/// bias ~ U(-bound, bound), bound = 1 / sqrt(fan_in) of the weight it goes with; PyTorch's default. No gain.
void bias_uniform(Tensor& bias, const Tensor& weight, const InitSource& source, const std::string& name);

/// What Linear and Conv2d share: a weight [out, ...], over whose other axes an output value is the sum, and a bias [out]
/// or none, both with PyTorch's default start values.
class WeightedLayer : public Layer {
 public:
  std::int64_t multiply_adds(const Shape&, const Shape& out) const override {
    return out.numel() * weight_.shape().product(1, weight_.rank());
  }

 protected:
  /// To be called by the constructor, once it has checked its sizes.
  void make_parameters(const Shape& weight, bool bias);
  void initialize_own(const InitSource& source) override;
  Tensor weight_, bias_;
};

}  // namespace ek
