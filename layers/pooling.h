// Pooling as layers: [N, C, H, W] -> [N, C, OH, OW]; see core/pooling.h. They own nothing.
#pragma once

#include "core/pooling.h"
#include "layers/layer.h"

namespace ek {

class MaxPool2d : public Layer {
 public:
  explicit MaxPool2d(Pair kernel, PoolOptions options = {}) : kernel_(kernel), options_(options) {}
  Tensor forward(const Tensor& x) override;
  std::string describe() const override;

 private:
  Pair kernel_;
  PoolOptions options_;
};

class AvgPool2d : public Layer {
 public:
  explicit AvgPool2d(Pair kernel, PoolOptions options = {}) : kernel_(kernel), options_(options) {}
  Tensor forward(const Tensor& x) override;
  std::string describe() const override;

 private:
  Pair kernel_;
  PoolOptions options_;
};

class AdaptiveAvgPool2d : public Layer {
 public:
  explicit AdaptiveAvgPool2d(Pair output) : output_(output) {}
  Tensor forward(const Tensor& x) override;
  std::string describe() const override;

 private:
  Pair output_;
};

}  // namespace ek
