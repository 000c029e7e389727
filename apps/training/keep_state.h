// Whoever changes a model for a while, to measure something, puts back what was there.
#pragma once

#include <variant>

#include "evenkeel/core/files/state.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/layers/layer.h"

namespace ek {

/// While one lives, the model's parameters and buffers may change; then they are again as they were, to the bit.
class KeepState {
 public:
  [[nodiscard]] explicit KeepState(Layer& model) : model_(model) {
    for (const auto& [name, value] : model.state_dict()) {
      if (const auto* tensor = std::get_if<Tensor>(&value)) before_.add(name, tensor->clone());
      if (const auto* counter = std::get_if<IntTensor>(&value)) {
        IntTensor copy(counter->shape());
        copy.mutable_data() = counter->data();
        before_.add(name, copy);
      }
    }
  }
  ~KeepState() { restore(); }
  KeepState& operator=(KeepState&&) = delete;  // neither copied nor moved

  /// Puts them back already now.
  void restore() const { model_.load_state_dict(before_); }

 private:
  Layer& model_;
  StateDict before_;
};

}  // namespace ek
