// Activation functions as layers; any shape -> the same shape. They own nothing.
#pragma once

#include "core/activation.h"
#include "core/check.h"
#include "core/softmax.h"
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

class LeakyReLU : public Layer {
 public:
  explicit LeakyReLU(Real slope = Real(0.01)) : slope_(slope) {}
  Tensor forward(const Tensor& x) override { return leaky_relu(x, slope_); }
  std::string describe() const override { return text("LeakyReLU(negative_slope=", slope_, ")"); }

 private:
  Real slope_;
};

class Softmax : public Layer {
 public:
  explicit Softmax(int axis = -1) : axis_(axis) {}
  Tensor forward(const Tensor& x) override { return softmax(x, axis_); }
  std::string describe() const override { return text("Softmax(dim=", axis_, ")"); }

 private:
  int axis_;
};

class LogSoftmax : public Layer {
 public:
  explicit LogSoftmax(int axis = -1) : axis_(axis) {}
  Tensor forward(const Tensor& x) override { return log_softmax(x, axis_); }
  std::string describe() const override { return text("LogSoftmax(dim=", axis_, ")"); }

 private:
  int axis_;
};

}  // namespace ek
