#include "layers/init.h"

#include <cmath>

namespace ek {
namespace {

void fill(Tensor& t, double bound, const Stream& stream) {
  fill_uniform(t, static_cast<Real>(-bound), static_cast<Real>(bound), stream);
}

double inverse_sqrt_fan_in(const Tensor& weight) {
  return 1 / std::sqrt(static_cast<double>(weight.shape().product(1, weight.rank())));
}

}  // namespace

void kaiming_uniform(Tensor& weight, const InitSource& source, const std::string& name) {
  fill(weight, source.gain * inverse_sqrt_fan_in(weight), source.stream(name));
}

void bias_uniform(Tensor& bias, const Tensor& weight, const InitSource& source, const std::string& name) {
  fill(bias, inverse_sqrt_fan_in(weight), source.stream(name));
}

}  // namespace ek
