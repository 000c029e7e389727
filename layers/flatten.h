// Layers that change nothing but the shape, or nothing at all.
#pragma once

#include "core/reshape.h"
#include "layers/layer.h"

namespace ek {

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
