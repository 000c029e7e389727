#include "layers/activation.h"

#include "core/activation.h"
#include "core/check.h"
#include "core/softmax.h"

namespace ek {

Tensor ReLU::forward(const Tensor& x) { return relu(x); }

Tensor LeakyReLU::forward(const Tensor& x) { return leaky_relu(x, slope_); }
std::string LeakyReLU::describe() const { return text("LeakyReLU(negative_slope=", slope_, ")"); }

Tensor Sigmoid::forward(const Tensor& x) { return sigmoid(x); }

Tensor Tanh::forward(const Tensor& x) { return tanh(x); }

Tensor GELU::forward(const Tensor& x) { return gelu(x); }

Tensor Softmax::forward(const Tensor& x) { return softmax(x, axis_); }
std::string Softmax::describe() const { return text("Softmax(dim=", axis_, ")"); }

Tensor LogSoftmax::forward(const Tensor& x) { return log_softmax(x, axis_); }
std::string LogSoftmax::describe() const { return text("LogSoftmax(dim=", axis_, ")"); }

}  // namespace ek
