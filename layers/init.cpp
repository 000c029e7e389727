#include "layers/init.h"

#include <cmath>

namespace ek {
namespace {

/// t ~ U(-bound, bound), bound = gain / sqrt(fan_in)
void fill(Tensor& t, double gain, const Tensor& weight, const Stream& stream) {
  const auto fan_in = static_cast<double>(weight.shape().product(1, weight.rank()));
  const auto bound = static_cast<Real>(gain * (1 / std::sqrt(fan_in)));
  fill_uniform(t, -bound, bound, stream);
}

}  // namespace

void kaiming_uniform(Tensor& weight, const InitSource& source, const std::string& name) {
  fill(weight, source.gain, weight, source.stream(name));
}

void bias_uniform(Tensor& bias, const Tensor& weight, const InitSource& source, const std::string& name) {
  fill(bias, 1, weight, source.stream(name));
}

void WeightedLayer::make_parameters(const Shape& weight, bool bias) {
  weight_ = parameter("weight", Tensor(weight));
  if (bias) bias_ = parameter("bias", Tensor({weight[0]}));
  initialize_own({default_generator().next().key()});
}

void WeightedLayer::initialize_own(const InitSource& source) {
  kaiming_uniform(weight_, source, "weight");
  if (bias_) bias_uniform(bias_, weight_, source, "bias");
}

}  // namespace ek
