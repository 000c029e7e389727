// A fully connected layer.
#pragma once

#include <cstdint>
#include <string>

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/ops/matmul.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/layers/init.h"

namespace ek {

struct LinearOptions {
  bool bias = true;
};

/// y = x W^T + b: [N, in] -> [N, out]. Parameters: weight [out, in], bias [out].
struct Linear : WeightedLayer {
  Linear(std::int64_t in, std::int64_t out, LinearOptions options = {}) {
    check(in > 0 && out > 0, "Linear: sizes must be positive, got ", in, " and ", out);
    make_parameters({out, in}, options.bias);
  }
  Tensor forward(const Tensor& x) override { return linear(x, weight_, bias_); }
  std::string describe() const override {
    return text("Linear(", weight_.dim(1), ", ", weight_.dim(0), bias_ ? "" : ", bias=False", ")");
  }
};

}  // namespace ek
