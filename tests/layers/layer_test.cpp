// Layer: names, state_dict, modes, errors that name the layer, observers.
#include "evenkeel/layers/layer.h"
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
#include "evenkeel/layers/linear.h"
#include "evenkeel/layers/norm.h"
#include "evenkeel/layers/sequential.h"
#include "tests/layers/sample_layers.h"
#include "tests/support/compare.h"

namespace ek {
namespace {

TEST_CASE("state_dict: parameters, then buffers, then children, in order of declaration") {
  const Net net;
  CHECK(names_of(net.state_dict()) == Names{"scale", "mask", "body.fc.weight", "body.fc.bias",
                                            "body.bn.weight", "body.bn.bias",
                                            "body.bn.running_mean", "body.bn.running_var",
                                            "body.bn.num_batches_tracked", "head.weight"});
}

TEST_CASE("parameters leave out the buffers, and require gradients") {
  const Net net;
  Names names;
  for (const auto& [name, parameter] : net.named_parameters()) {
    names.push_back(name);
    CHECK(parameter.requires_grad());
  }
  CHECK(names == Names{"scale", "body.fc.weight", "body.fc.bias", "body.bn.weight", "body.bn.bias",
                       "head.weight"});
  CHECK(net.parameters().size() == names.size());
  CHECK(!net.mask.requires_grad());
}

TEST_CASE("the handles of a state_dict write to the layer") {
  Net net;
  StateDict state = net.state_dict();
  CHECK(value(state, "scale").aliases(net.scale));
  value(state, "scale").mutable_data()[0] = 7;
  CHECK(net.scale.data()[0] == 7);
}

TEST_CASE("a layer that is moved keeps its children where they are") {
  Net net;
  Linear* head = &net.head;
  const Tensor weight = net.parameters()[1];
  Custom outer;
  Net& inner = outer.add("net", std::move(net));
  CHECK(&inner.head == head);
  CHECK(inner.parameters()[1].aliases(weight));
  CHECK(names_of(outer.state_dict())[2] == "net.body.fc.weight");
}

TEST_CASE("load_state_dict copies into the values, so that handles stay valid") {
  Net from, into;
  from.initialize({.seed = 1});
  into.initialize({.seed = 2});
  from(Tensor::from({2, 4}, {1, 2, 3, 4, 5, 6, 7, 9}));
  const Tensor handle = into.parameters()[1];
  CHECK(!same_bits(handle, from.parameters()[1]));
  into.load_state_dict(copy_of(from));
  CHECK(same_bits(handle, from.parameters()[1]));
  CHECK(!handle.aliases(from.parameters()[1]));
  for (const auto& entry : from.state_dict()) {
    CAPTURE(entry.first);
    const StateValue loaded = *into.state_dict().find(entry.first);
    if (const Tensor* t = std::get_if<Tensor>(&entry.second))
      CHECK(same_bits(std::get<Tensor>(loaded), *t));
    else
      CHECK(std::get<IntTensor>(loaded).data() == std::vector<std::int64_t>{1});
  }
}

TEST_CASE("load_state_dict changes nothing unless all of it fits, and lists all that does not") {
  Net net;
  const StateDict before = copy_of(net);
  StateDict state;
  for (const auto& [name, saved] : Net().state_dict()) {
    if (name == "head.weight") continue;
    if (name == "body.fc.bias")
      state.add(name, Tensor::full({3}, 1));
    else if (name == "scale")
      state.add(name, Tensor::full({4}, 99));
    else
      state.add(name, saved);
  }
  state.add("extra", Tensor::full({1}, 1));
  CHECK_THROWS_WITH_AS(net.load_state_dict(state),
                       "Net: the saved state does not fit; missing: head.weight; unexpected: "
                       "extra; not fitting: body.fc.bias (expected [4], found [3]); load it into "
                       "what it was saved from, made with the same options",
                       std::invalid_argument);
  for (const auto& [name, saved] : before)
    if (const Tensor* t = std::get_if<Tensor>(&saved))
      CHECK(same_bits(std::get<Tensor>(*net.state_dict().find(name)), *t));
}

TEST_CASE("names are unique within a layer, not empty, and without a dot") {
  Custom layer;
  layer.parameter("a", Tensor::full({1}, 1));
  layer.buffer("b", Tensor::full({1}, 1));
  layer.add("c", ReLU());
  layer.counter("d");
  for (const std::string name : {"a", "b", "c", "d"}) {
    const std::string message = "layer: the name '" + name + "' is taken";
    CHECK_THROWS_WITH_AS(layer.parameter(name, Tensor::full({1}, 1)), message.c_str(),
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(layer.buffer(name, Tensor::full({1}, 1)), message.c_str(),
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS(layer.counter(name), message.c_str(), std::invalid_argument);
    CHECK_THROWS_WITH_AS(layer.add(name, ReLU()), message.c_str(), std::invalid_argument);
  }
  CHECK_THROWS_WITH_AS(layer.add("e.f", ReLU()),
                       "layer: 'e.f' is no name for a parameter, buffer or child: it must not be "
                       "empty or hold a dot",
                       std::invalid_argument);
  CHECK_THROWS_AS(layer.parameter("", Tensor::full({1}, 1)), std::invalid_argument);
  CHECK_THROWS_WITH_AS(layer.add("g", std::unique_ptr<Layer>()), "layer: no layer given for 'g'",
                       std::invalid_argument);
  CHECK(names_of(layer.state_dict()) == Names{"a", "b", "d"});
  CHECK(layer.children().size() == 1);
}

}  // namespace
}  // namespace ek
