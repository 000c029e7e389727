// Stochastic gradient descent with momentum.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/optim/optimizer.h"

namespace ek {

struct SgdOptions {
  double lr = std::numeric_limits<double>::quiet_NaN();  // must be given
  double momentum = 0, dampening = 0, weight_decay = 0;
  bool nesterov = false;  // needs momentum without dampening
};

/// g = dL/dw + weight_decay w
/// v = momentum v + (1 - dampening) g, at the first update v = g         [Sutskever2013, in PyTorch's form]
/// w = w - lr v;  with nesterov w - lr (g + momentum v);  without momentum w - lr g
struct SGD : Optimizer {
  SGD(const std::vector<ParameterGroup>& groups, const SgdOptions& options);
  SGD(const std::vector<Tensor>& parameters, const SgdOptions& options)
      : SGD(std::vector<ParameterGroup>{{.parameters = parameters}}, options) {}

 private:
  Update update(const StepOptions& options) const override;

  SgdOptions options_;
};

}  // namespace ek
