#include "layers/linear.h"

#include "core/check.h"
#include "core/matmul.h"
#include "layers/init.h"

namespace ek {

Linear::Linear(std::int64_t in, std::int64_t out, LinearOptions options) {
  check(in > 0 && out > 0, "Linear: sizes must be positive, got ", in, " and ", out);
  weight_ = parameter("weight", Tensor({out, in}));
  if (options.bias) bias_ = parameter("bias", Tensor({out}));
  initialize_own({default_generator().next().key()});
}

Tensor Linear::forward(const Tensor& x) { return linear(x, weight_, bias_); }

void Linear::initialize_own(const InitSource& source) {
  kaiming_uniform(weight_, source, "weight");
  if (bias_) bias_uniform(bias_, weight_, source, "bias");
}

std::string Linear::describe() const {
  return text("Linear(", weight_.dim(1), ", ", weight_.dim(0), bias_ ? "" : ", bias=False", ")");
}

std::int64_t Linear::multiply_adds(const Shape&, const Shape& out) const { return out.numel() * weight_.dim(1); }

}  // namespace ek
