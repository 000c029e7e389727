// A multilayer perceptron with sigmoids: the network of the first experiment with BatchNorm [Ioffe2015], section 4.1.
#pragma once

#include <cstdint>
#include <string>

#include "evenkeel/core/ops/activation.h"
#include "evenkeel/core/ops/random.h"
#include "evenkeel/core/ops/reshape.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/layers/layer.h"
#include "evenkeel/layers/linear.h"
#include "evenkeel/layers/make_norm.h"
#include "evenkeel/models/registry.h"

namespace ek {

/// images [N, C, H, W] -> logits [N, classes]: three hidden layers of 100 features, a norm and a sigmoid after each.
struct MLP : Layer {
  explicit MLP(const ModelOptions& options) : o_(options) {}
  Tensor forward(const Tensor& x) override {        // [N, 3, 32, 32]
    Tensor h = norm_sigmoid(bn1, fc1(flatten(x)));  // [N, 100]
    h = norm_sigmoid(bn2, fc2(h));                  // [N, 100]
    h = norm_sigmoid(bn3, fc3(h));                  // [N, 100]
    return fc4(dropout(h));                         // [N, classes]
  }
  std::string describe() const override { return "MLP"; }

  /// sigmoid(norm(x)), or with Placement::after norm(sigmoid(x)); any shape -> the same shape.
  Tensor norm_sigmoid(Layer& norm, const Tensor& x) const {
    return o_.placement == Placement::before ? sigmoid(norm(x)) : norm(sigmoid(x));
  }

  const ModelOptions o_;
  const std::int64_t features_ = o_.wide(100);
  Linear& fc1 = add("fc1", Linear(o_.image.numel(), features_));
  Layer& bn1 = add("bn1", make_norm1d(features_, o_.norm));
  Linear& fc2 = add("fc2", Linear(features_, features_));
  Layer& bn2 = add("bn2", make_norm1d(features_, o_.norm));
  Linear& fc3 = add("fc3", Linear(features_, features_));
  Layer& bn3 = add("bn3", make_norm1d(features_, o_.norm));
  Layer& dropout = add("dropout", make_dropout(o_.dropout));
  Linear& fc4 = add("fc4", Linear(features_, o_.classes));
};

}  // namespace ek
