// Layers to test Layer with.
#pragma once

#include <doctest/doctest.h>
#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>
#include "evenkeel/core/base/check.h"
#include "evenkeel/core/base/pair.h"
#include "evenkeel/core/files/state.h"
#include "evenkeel/core/ops/activation.h"
#include "evenkeel/core/ops/elementwise.h"
#include "evenkeel/core/ops/random.h"
#include "evenkeel/core/ops/reduce.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/layers/conv2d.h"
#include "evenkeel/layers/functions.h"
#include "evenkeel/layers/layer.h"
#include "evenkeel/layers/linear.h"
#include "evenkeel/layers/norm.h"
#include "evenkeel/layers/sequential.h"
#include "tests/support/compare.h"

namespace ek {
namespace {

using Names = std::vector<std::string>;

struct Block : Layer {
  Linear& fc = add("fc", Linear(4, 4));
  BatchNorm1d& bn = add("bn", BatchNorm1d(4));
  Tensor forward(const Tensor& x) override { return relu(bn(fc(x))); }
  std::string describe() const override { return "Block"; }
};

struct Net : Layer {
  Tensor scale = parameter("scale", Tensor::full({4}, 2));
  Block& body = add("body", Block());
  Tensor mask = buffer("mask", Tensor::full({4}, 1));
  Linear& head = add("head", Linear(4, 2, {.bias = false}));
  Tensor forward(const Tensor& x) override { return head(body(x)); }
  std::string describe() const override { return "Net"; }
};

/// Has whatever is asked of it.
struct Custom : Layer {
  using Layer::add;
  using Layer::buffer;
  using Layer::counter;
  using Layer::parameter;
  Tensor forward(const Tensor& x) override { return x; }
};

inline Names names_of(const StateDict& state) {
  Names names;
  for (const auto& [name, value] : state) names.push_back(name);
  return names;
}

inline Tensor& value(StateDict& state, const std::string& name) {
  return const_cast<Tensor&>(std::get<Tensor>(*state.find(name)));
}

inline StateDict copy_of(const Layer& layer) {
  StateDict copy;
  for (const auto& [name, value] : layer.state_dict())
    if (const Tensor* t = std::get_if<Tensor>(&value))
      copy.add(name, t->clone());
    else
      copy.add(name, IntTensor({}, std::get<IntTensor>(value).data()[0]));
  return copy;
}

}  // namespace
}  // namespace ek
