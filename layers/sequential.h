// Layers one after the other.
#pragma once

#include <concepts>
#include <string>
#include <utility>

#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/layers/layer.h"

namespace ek {

/// Each layer's output is the next one's input. Children are named "0", "1", ... as in PyTorch:
///   Sequential(Conv2d(3, 8, 3), ReLU(), Flatten())
struct Sequential : Layer {
  template <std::derived_from<Layer>... Layers>
  requires(!(sizeof...(Layers) == 1 &&
             (std::same_as<Layers, Sequential> && ...)))  // that would be the move
      explicit Sequential(Layers... layers) {
    (append(std::move(layers)), ...);
  }

  /// Adds a layer, or a std::unique_ptr to one, at the end. Returns a reference to it that stays valid.
  auto& append(auto layer) { return add(std::to_string(children().size()), std::move(layer)); }

  Tensor forward(const Tensor& x) override {
    Tensor h = x;
    for (const auto& [name, layer] : children()) h = (*layer)(h);
    return h;
  }
  std::string describe() const override { return "Sequential"; }
};

}  // namespace ek
