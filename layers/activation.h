// Activation functions as layers; any shape -> the same shape. They own nothing.
#pragma once

#include "layers/layer.h"

namespace ek {

class ReLU : public Layer {
 public:
  Tensor forward(const Tensor& x) override;
  std::string describe() const override { return "ReLU()"; }
};

class LeakyReLU : public Layer {
 public:
  explicit LeakyReLU(Real slope = Real(0.01)) : slope_(slope) {}
  Tensor forward(const Tensor& x) override;
  std::string describe() const override;

 private:
  Real slope_;
};

class Sigmoid : public Layer {
 public:
  Tensor forward(const Tensor& x) override;
  std::string describe() const override { return "Sigmoid()"; }
};

class Tanh : public Layer {
 public:
  Tensor forward(const Tensor& x) override;
  std::string describe() const override { return "Tanh()"; }
};

class GELU : public Layer {
 public:
  Tensor forward(const Tensor& x) override;
  std::string describe() const override { return "GELU()"; }
};

class Softmax : public Layer {
 public:
  explicit Softmax(int axis = -1) : axis_(axis) {}
  Tensor forward(const Tensor& x) override;
  std::string describe() const override;

 private:
  int axis_;
};

class LogSoftmax : public Layer {
 public:
  explicit LogSoftmax(int axis = -1) : axis_(axis) {}
  Tensor forward(const Tensor& x) override;
  std::string describe() const override;

 private:
  int axis_;
};

}  // namespace ek
