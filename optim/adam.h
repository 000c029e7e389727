// Adam and AdamW: steps in units of the gradient's recent size.
#pragma once

#include <cstdint>
#include <vector>

#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/optim/optimizer.h"

namespace ek {

struct AdamOptions {
  double lr = 1e-3, beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weight_decay = 0;
};

struct AdamWOptions {
  double lr = 1e-3, beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weight_decay = 1e-2;
};

/// g = dL/dw + weight_decay w                                                   [Kingma2015, Algorithm 1]
/// m = beta1 m + (1 - beta1) g,   v = beta2 v + (1 - beta2) g^2,   both 0 at the start
/// w = w - lr mhat / (sqrt(vhat) + eps),   mhat = m / (1 - beta1^t),   vhat = v / (1 - beta2^t)
/// t counts the updates of this parameter.
struct Adam : Optimizer {
  explicit Adam(const std::vector<ParameterGroup>& groups, const AdamOptions& options = {})
      : Adam("Adam", groups, options, false) {}
  explicit Adam(const std::vector<Tensor>& parameters, const AdamOptions& options = {})
      : Adam(std::vector<ParameterGroup>{{.parameters = parameters}}, options) {}

 protected:
  Adam(const char* name, const std::vector<ParameterGroup>& groups, const AdamOptions& options,
       bool decoupled);
  Update update(const StepOptions& options) const override;

  AdamOptions options_;
  bool decoupled_;  // the decay
};

/// Adam with g = dL/dw, whose decay acts on the weight itself, before the step: w = (1 - lr weight_decay) w
/// [Loshchilov2019].
struct AdamW : Adam {
  explicit AdamW(const std::vector<ParameterGroup>& groups, const AdamWOptions& o = {})
      : Adam("AdamW", groups, {o.lr, o.beta1, o.beta2, o.eps, o.weight_decay}, true) {}
  explicit AdamW(const std::vector<Tensor>& parameters, const AdamWOptions& options = {})
      : AdamW(std::vector<ParameterGroup>{{.parameters = parameters}}, options) {}
};

}  // namespace ek
