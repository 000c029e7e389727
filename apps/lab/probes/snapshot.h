// A way back, for probes that change a model to measure something.
#pragma once

#include <utility>
#include <vector>

#include "apps/training/keep_state.h"
#include "evenkeel/core/ops/random.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/layers/layer.h"

namespace ek {

/// While one lives, the model is in training mode, without gradients, and may be changed at will. When it goes, all is
/// as it was, to the bit: weights, running statistics, gradients, modes and the position of the default generator.
class Snapshot {
 public:
  [[nodiscard]] explicit Snapshot(Layer& model) : state_(model), modes_(model) {
    for (Tensor& parameter : model.parameters()) {
      gradients_.emplace_back(parameter, parameter.grad());
      parameter.zero_grad();
    }
    model.train();
  }
  ~Snapshot() {
    for (auto& [parameter, gradient] : gradients_) parameter.set_grad(gradient);
    default_generator() = generator_;
  }
  Snapshot& operator=(Snapshot&&) = delete;  // neither copied nor moved

  /// Weights, running statistics and the generator's position as they were: to start again from the same place.
  void restore() const {
    state_.restore();
    default_generator() = generator_;
  }

 private:
  KeepState state_;
  Generator generator_ = default_generator();
  EvalMode modes_;                                    // for the modes that it brings back
  std::vector<std::pair<Tensor, Tensor>> gradients_;  // a parameter and its gradient
};

}  // namespace ek
