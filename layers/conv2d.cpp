#include "layers/conv2d.h"

#include "core/check.h"
#include "layers/init.h"

namespace ek {

Conv2d::Conv2d(std::int64_t in, std::int64_t out, Pair kernel, Conv2dOptions options) : options_(options) {
  check(in > 0 && out > 0 && kernel.h > 0 && kernel.w > 0, "Conv2d: sizes must be positive, got ", in, ", ", out,
        " and kernel ", kernel);
  check(options.groups > 0 && in % options.groups == 0 && out % options.groups == 0, "Conv2d: ", in, " and ", out,
        " channels cannot be split into ", options.groups, " groups");
  weight_ = parameter("weight", Tensor({out, in / options.groups, kernel.h, kernel.w}));
  if (options.bias) bias_ = parameter("bias", Tensor({out}));
  initialize_own({default_generator().next().key()});
}

Tensor Conv2d::forward(const Tensor& x) { return conv2d(x, weight_, bias_, options_); }

void Conv2d::initialize_own(const InitSource& source) {
  kaiming_uniform(weight_, source, "weight");
  if (bias_) bias_uniform(bias_, weight_, source, "bias");
}

std::string Conv2d::describe() const {
  std::string s = text("Conv2d(", weight_.dim(1) * options_.groups, ", ", weight_.dim(0),
                       ", kernel_size=", Pair(weight_.dim(2), weight_.dim(3)));
  if (options_.stride != Pair(1)) s += text(", stride=", options_.stride);
  if (options_.padding.same) s += ", padding=same";
  if (options_.padding.size != Pair(0)) s += text(", padding=", options_.padding.size);
  if (options_.dilation != Pair(1)) s += text(", dilation=", options_.dilation);
  if (options_.groups != 1) s += text(", groups=", options_.groups);
  return s + (bias_ ? ")" : ", bias=False)");
}

std::int64_t Conv2d::multiply_adds(const Shape&, const Shape& out) const {
  return out.numel() * weight_.shape().product(1, 4);
}

}  // namespace ek
