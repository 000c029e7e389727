// Pooling as layers: [N, C, H, W] -> [N, C, OH, OW]; see core/pooling.h. They own nothing.
#pragma once

#include "core/check.h"
#include "core/pooling.h"
#include "layers/layer.h"

namespace ek {

/// What the two with a window share.
class Pool2d : public Layer {
 public:
  std::string describe() const override {
    const std::string s = text(name_, "(kernel_size=", kernel_, ", stride=", options_.stride.value_or(kernel_));
    return s + (options_.padding == Pair(0) ? ")" : text(", padding=", options_.padding, ")"));
  }

 protected:
  Pool2d(const char* name, Pair kernel, PoolOptions options) : name_(name), kernel_(kernel), options_(options) {}
  const char* name_;
  Pair kernel_;
  PoolOptions options_;
};

struct MaxPool2d : Pool2d {
  explicit MaxPool2d(Pair kernel, PoolOptions options = {}) : Pool2d("MaxPool2d", kernel, options) {}
  Tensor forward(const Tensor& x) override { return max_pool2d(x, kernel_, options_); }
};

struct AvgPool2d : Pool2d {
  explicit AvgPool2d(Pair kernel, PoolOptions options = {}) : Pool2d("AvgPool2d", kernel, options) {}
  Tensor forward(const Tensor& x) override { return avg_pool2d(x, kernel_, options_); }
};

struct AdaptiveAvgPool2d : Layer {
  const Pair output_size;
  explicit AdaptiveAvgPool2d(Pair output) : output_size(output) {}
  Tensor forward(const Tensor& x) override { return adaptive_avg_pool2d(x, output_size); }
  std::string describe() const override { return text("AdaptiveAvgPool2d(output_size=", output_size, ")"); }
};

}  // namespace ek
