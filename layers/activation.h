// Activation functions as layers; any shape -> the same shape. They own nothing.
#pragma once

#include "core/activation.h"
#include "core/check.h"
#include "layers/layer.h"

namespace ek {

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
  std::string describe() const override { return text("LeakyReLU(negative_slope=", negative_slope, ")"); }
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

}  // namespace ek
