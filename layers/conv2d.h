// A convolution layer.
#pragma once

#include <cstdint>
#include <string>

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/base/conv_shape.h"
#include "evenkeel/core/base/pair.h"
#include "evenkeel/core/ops/conv.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/layers/init.h"

namespace ek {

/// [N, in, H, W] -> [N, out, OH, OW]: see conv2d. Parameters: weight [out, in/groups, KH, KW], bias [out].
struct Conv2d : WeightedLayer {
  const Conv2dOptions options;
  Conv2d(std::int64_t in, std::int64_t out, Pair kernel, Conv2dOptions o = {}) : options(o) {
    check(in > 0 && out > 0 && kernel.h > 0 && kernel.w > 0, "Conv2d: sizes must be positive, got ",
          in, ", ", out, " and kernel ", kernel);
    check(options.groups > 0 && in % options.groups == 0 && out % options.groups == 0,
          "Conv2d: ", in, " and ", out, " channels cannot be split into ", options.groups,
          " groups");
    make_parameters({out, in / options.groups, kernel.h, kernel.w}, options.bias);
  }
  Tensor forward(const Tensor& x) override { return conv2d(x, weight_, bias_, options); }
  std::string describe() const override {
    std::string s = text("Conv2d(", weight_.dim(1) * options.groups, ", ", weight_.dim(0),
                         ", kernel_size=", Pair(weight_.dim(2), weight_.dim(3)));
    if (options.stride != Pair(1)) s += text(", stride=", options.stride);
    if (options.padding.same) s += ", padding=same";
    if (options.padding.size != Pair(0)) s += text(", padding=", options.padding.size);
    if (options.dilation != Pair(1)) s += text(", dilation=", options.dilation);
    if (options.groups != 1) s += text(", groups=", options.groups);
    return s + (bias_ ? ")" : ", bias=False)");
  }
};

}  // namespace ek
