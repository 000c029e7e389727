// Functions of core as layers. They own nothing, neither parameters nor buffers.
#pragma once

#include <string>

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/base/pair.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/ops/activation.h"
#include "evenkeel/core/ops/pool_windows.h"
#include "evenkeel/core/ops/pooling.h"
#include "evenkeel/core/ops/random.h"
#include "evenkeel/core/ops/reshape.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/layers/layer.h"

namespace ek {

// ---- Activations: any shape -> the same shape ---------------------------------------------------

struct ReLU : Layer {
  Tensor forward(const Tensor& x) override { return relu(x); }
  std::string describe() const override { return "ReLU()"; }
};

struct Sigmoid : Layer {
  Tensor forward(const Tensor& x) override { return sigmoid(x); }
  std::string describe() const override { return "Sigmoid()"; }
};

struct Tanh : Layer {
  Tensor forward(const Tensor& x) override { return tanh(x); }
  std::string describe() const override { return "Tanh()"; }
};

struct GELU : Layer {
  Tensor forward(const Tensor& x) override { return gelu(x); }
  std::string describe() const override { return "GELU()"; }
};

struct LeakyReLU : Layer {
  const Real negative_slope;
  explicit LeakyReLU(Real slope = Real(0.01)) : negative_slope(slope) {}
  Tensor forward(const Tensor& x) override { return leaky_relu(x, negative_slope); }
  std::string describe() const override {
    return text("LeakyReLU(negative_slope=", negative_slope, ")");
  }
};

struct Softmax : Layer {
  const int dim;
  explicit Softmax(int axis = -1) : dim(axis) {}
  Tensor forward(const Tensor& x) override { return softmax(x, dim); }
  std::string describe() const override { return text("Softmax(dim=", dim, ")"); }
};

struct LogSoftmax : Layer {
  const int dim;
  explicit LogSoftmax(int axis = -1) : dim(axis) {}
  Tensor forward(const Tensor& x) override { return log_softmax(x, dim); }
  std::string describe() const override { return text("LogSoftmax(dim=", dim, ")"); }
};

/// In training zeroes each value with probability p and scales the others by 1 / (1 - p); the identity in
/// inference. Each training forward takes the next stream of default_generator(), whose position is all that
/// a resume needs.
struct Dropout : Layer {
  const double p;
  explicit Dropout(double q = 0.5) : p(q) {
    check(p >= 0 && p <= 1, "Dropout: expected p between 0 and 1, got ", p);
  }
  Tensor forward(const Tensor& x) override {
    return training() ? dropout(x, p, default_generator().next()) : x;
  }
  std::string describe() const override { return text("Dropout(p=", p, ")"); }
};

// ---- Pooling: [N, C, H, W] -> [N, C, OH, OW], see core/ops/pooling.h ---------------------------------

/// What the two with a window share.
struct Pool2d : Layer {
  std::string describe() const override {
    const std::string s =
        text(name_, "(kernel_size=", kernel_, ", stride=", options_.stride.value_or(kernel_));
    return s + (options_.padding == Pair(0) ? ")" : text(", padding=", options_.padding, ")"));
  }

 protected:
  Pool2d(const char* name, Pair kernel, PoolOptions options)
      : name_(name), kernel_(kernel), options_(options) {}
  const char* name_;
  Pair kernel_;
  PoolOptions options_;
};

struct MaxPool2d : Pool2d {
  explicit MaxPool2d(Pair kernel, PoolOptions options = {})
      : Pool2d("MaxPool2d", kernel, options) {}
  Tensor forward(const Tensor& x) override { return max_pool2d(x, kernel_, options_); }
};

struct AvgPool2d : Pool2d {
  explicit AvgPool2d(Pair kernel, PoolOptions options = {})
      : Pool2d("AvgPool2d", kernel, options) {}
  Tensor forward(const Tensor& x) override { return avg_pool2d(x, kernel_, options_); }
};

struct AdaptiveAvgPool2d : Layer {
  const Pair output_size;
  explicit AdaptiveAvgPool2d(Pair output) : output_size(output) {}
  Tensor forward(const Tensor& x) override { return adaptive_avg_pool2d(x, output_size); }
  std::string describe() const override {
    return text("AdaptiveAvgPool2d(output_size=", output_size, ")");
  }
};

// ---- Shapes --------------------------------------------------------------------------------------

/// [N, ...] -> [N, product of the rest]
struct Flatten : Layer {
  Tensor forward(const Tensor& x) override { return flatten(x); }
  std::string describe() const override { return "Flatten()"; }
};

/// x -> x; stands where a layer was left out, so that forward needs no `if`.
struct Identity : Layer {
  Tensor forward(const Tensor& x) override { return x; }
  std::string describe() const override { return "Identity()"; }
};

}  // namespace ek
