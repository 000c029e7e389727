#include "layers/init.h"

#include <cmath>

namespace ek {

void WeightedLayer::make_parameters(const Shape& weight, bool bias) {
  weight_ = parameter("weight", Tensor(weight));
  if (bias) bias_ = parameter("bias", Tensor({weight[0]}));
  initialize_own({default_generator().next().key()});
}

void WeightedLayer::initialize_own(const InitSource& source) {
  const double unit = 1 / std::sqrt(static_cast<double>(fan_in()));
  const auto weight_bound = static_cast<Real>(source.gain * unit), bias_bound = static_cast<Real>(unit);
  fill_uniform(weight_, -weight_bound, weight_bound, source.stream("weight"));
  if (bias_) fill_uniform(bias_, -bias_bound, bias_bound, source.stream("bias"));
}

}  // namespace ek
