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

Names names_of(const StateDict& state) {
  Names names;
  for (const auto& [name, value] : state) names.push_back(name);
  return names;
}

Tensor& value(StateDict& state, const std::string& name) {
  return const_cast<Tensor&>(std::get<Tensor>(*state.find(name)));
}

StateDict copy_of(const Layer& layer) {
  StateDict copy;
  for (const auto& [name, value] : layer.state_dict())
    if (const Tensor* t = std::get_if<Tensor>(&value))
      copy.add(name, t->clone());
    else
      copy.add(name, IntTensor({}, std::get<IntTensor>(value).data()[0]));
  return copy;
}

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
  CHECK_THROWS_WITH_AS(
      net.load_state_dict(state),
      "Net: the saved state does not fit; missing: head.weight; unexpected: extra; not "
      "fitting: body.fc.bias (expected [4], found [3]); load it into what it was saved from, "
      "made with the same options",
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
  CHECK_THROWS_WITH_AS(
      layer.add("e.f", ReLU()),
      "layer: 'e.f' is no name for a parameter, buffer or child: it must not be empty or "
      "hold a dot",
      std::invalid_argument);
  CHECK_THROWS_AS(layer.parameter("", Tensor::full({1}, 1)), std::invalid_argument);
  CHECK_THROWS_WITH_AS(layer.add("g", std::unique_ptr<Layer>()), "layer: no layer given for 'g'",
                       std::invalid_argument);
  CHECK(names_of(layer.state_dict()) == Names{"a", "b", "d"});
  CHECK(layer.children().size() == 1);
}

TEST_CASE("train and eval reach every layer and leave requires_grad alone") {
  Net net;
  CHECK(net.training());
  net.eval();
  for (const bool mode :
       {net.training(), net.body.training(), net.body.bn.training(), net.head.training()})
    CHECK(!mode);
  for (const Tensor& p : net.parameters()) CHECK(p.requires_grad());
  net.train();
  CHECK(net.body.bn.training());
}

TEST_CASE("EvalMode puts every layer back into the mode it was in, on every exit") {
  Net net;
  net.body.bn.eval();
  {
    const EvalMode guard(net);
    CHECK(!net.training());
    CHECK(!net.body.training());
    CHECK(!net.head.training());
    const EvalMode nested(net);
  }
  CHECK(net.training());
  CHECK(net.body.training());
  CHECK(net.head.training());
  CHECK(!net.body.bn.training());
  try {
    const EvalMode guard(net);
    throw std::runtime_error("out");
  } catch (const std::runtime_error&) {
  }
  CHECK(net.training());
  net.eval();
  { const EvalMode guard(net); }
  CHECK(!net.training());
}

TEST_CASE("zero_grad removes every gradient") {
  Net net;
  sum(net(Tensor::from({2, 4}, {1, 2, 3, 4, 5, 6, 7, 9}))).backward();
  CHECK(net.head.parameters()[0].grad());
  net.zero_grad();
  for (const Tensor& p : net.parameters()) CHECK(!p.grad());
}

TEST_CASE("an error names the innermost layer by its path") {
  Net net;
  CHECK_THROWS_WITH_AS(net(Tensor::full({2, 3}, 1)),
                       "body.fc (Linear(4, 4)): linear: expected an input [N, 4], got [2, 3]",
                       LayerError);
  CHECK_THROWS_WITH_AS(
      net.body(Tensor::full({1, 4}, 1)),
      "body.bn (BatchNorm1d(4, eps=1e-05, momentum=0.1)): one value per channel in input [1, "
      "4], and its own mean would be all that is left of it; take a larger batch, drop the "
      "last partial batch, use GroupNorm or LayerNorm, or call eval()",
      LayerError);
  Linear alone(4, 2);
  CHECK_THROWS_WITH_AS(alone(Tensor::full({2, 3}, 1)),
                       "Linear(4, 2): linear: expected an input [N, 4], got [2, 3]", LayerError);
  CHECK_NOTHROW(net(Tensor::from({2, 4}, {1, 2, 3, 4, 5, 6, 7, 9})));  // the paths are as before
  CHECK_THROWS_WITH_AS(net(Tensor::full({2, 5}, 1)),
                       "body.fc (Linear(4, 4)): linear: expected an input [N, 4], got [2, 5]",
                       LayerError);
}

TEST_CASE("an error of a model's own forward names the model") {
  struct Adder : Layer {
    Tensor forward(const Tensor& x) override { return x + Tensor::full({1}, 1); }
    std::string describe() const override { return "Adder"; }
  };
  Adder adder;
  CHECK_THROWS_WITH_AS(
      adder(Tensor::full({2}, 1)),
      "Adder: add: shapes must be equal, got [2] and [1] (there is no broadcasting)", LayerError);
  Sequential outer{ReLU(), Sequential(Adder())};
  CHECK_THROWS_WITH_AS(
      outer(Tensor::full({2}, 1)),
      "1.0 (Adder): add: shapes must be equal, got [2] and [1] (there is no broadcasting)",
      LayerError);
}

TEST_CASE("an observer sees children before parents, with paths and shapes") {
  Net net;
  std::vector<std::string> seen;
  {
    const ForwardObserver observer(
        [&](const std::string& path, const Layer& layer, const Tensor& x, const Tensor& y) {
          seen.push_back(text(path, ' ', layer.describe(), ' ', x.shape(), ' ', y.shape()));
        });
    net(Tensor::from({2, 4}, {1, 2, 3, 4, 5, 6, 7, 9}));
  }
  CHECK(seen == Names{"body.fc Linear(4, 4) [2, 4] [2, 4]",
                      "body.bn BatchNorm1d(4, eps=1e-05, momentum=0.1) [2, 4] [2, 4]",
                      "body Block [2, 4] [2, 4]", "head Linear(4, 2, bias=False) [2, 4] [2, 2]",
                      " Net [2, 4] [2, 2]"});
  net(Tensor::from({2, 4}, {1, 2, 3, 4, 5, 6, 7, 9}));
  CHECK(seen.size() == 5);  // nothing after it is gone
}

TEST_CASE("observers nest, and belong to one thread") {
  Identity layer;
  int outer = 0, inner = 0;
  auto count = [](int& counter) {
    return
        [&counter](const std::string&, const Layer&, const Tensor&, const Tensor&) { ++counter; };
  };
  const ForwardObserver first(count(outer));
  {
    const ForwardObserver second(count(inner));
    layer(Tensor::full({1}, 1));
  }
  layer(Tensor::full({1}, 1));
  std::thread([&] { layer(Tensor::full({1}, 1)); }).join();
  CHECK(inner == 1);
  CHECK(outer == 1);
}

TEST_CASE("layers describe themselves as PyTorch prints them") {
  auto check_text = [](const Layer& layer, const char* expected) {
    CHECK(layer.describe() == expected);
  };
  check_text(Conv2d(3, 64, 3, {.padding = 1}), "Conv2d(3, 64, kernel_size=3, padding=1)");
  check_text(Conv2d(4, 8, {3, 5}, {.stride = 2, .dilation = {1, 2}, .groups = 2, .bias = false}),
             "Conv2d(4, 8, kernel_size=(3, 5), stride=2, dilation=(1, 2), groups=2, bias=False)");
  check_text(Conv2d(1, 1, 3, {.padding = "same"}), "Conv2d(1, 1, kernel_size=3, padding=same)");
  check_text(Linear(4, 2), "Linear(4, 2)");
  check_text(Linear(4, 2, {.bias = false}), "Linear(4, 2, bias=False)");
  check_text(BatchNorm2d(8, {.momentum = std::nullopt, .affine = false}),
             "BatchNorm2d(8, eps=1e-05, momentum=None, affine=False)");
  check_text(BatchNorm1d(8, {.track_running_stats = false}),
             "BatchNorm1d(8, eps=1e-05, momentum=0.1, track_running_stats=False)");
  check_text(GroupNorm(2, 8), "GroupNorm(2, 8, eps=1e-05)");
  check_text(LayerNorm(8, {.affine = false}),
             "LayerNorm([8], eps=1e-05, elementwise_affine=False)");
  check_text(InstanceNorm2d(8, {.affine = true}), "InstanceNorm2d(8, eps=1e-05, affine=True)");
  check_text(MaxPool2d(2), "MaxPool2d(kernel_size=2, stride=2)");
  check_text(AvgPool2d({3, 2}, {.stride = Pair(1), .padding = 1}),
             "AvgPool2d(kernel_size=(3, 2), stride=1, padding=1)");
  check_text(AdaptiveAvgPool2d(1), "AdaptiveAvgPool2d(output_size=1)");
  check_text(Dropout(0.25), "Dropout(p=0.25)");
  check_text(LeakyReLU(), "LeakyReLU(negative_slope=0.01)");
  check_text(Softmax(1), "Softmax(dim=1)");
  check_text(ReLU(), "ReLU()");
  check_text(Flatten(), "Flatten()");
}

TEST_CASE("multiply-adds of one forward pass") {
  CHECK(Conv2d(3, 64, 3, {.padding = 1}).multiply_adds({2, 3, 32, 32}, {2, 64, 32, 32}) ==
        2 * 64 * 32 * 32 * 27);
  CHECK(Conv2d(4, 8, 3, {.groups = 2}).multiply_adds({1, 4, 5, 5}, {1, 8, 3, 3}) == 8 * 9 * 18);
  CHECK(Linear(100, 10).multiply_adds({7, 100}, {7, 10}) == 7 * 1000);
  CHECK(ReLU().multiply_adds({7, 100}, {7, 100}) == 0);
}

TEST_CASE("bad sizes of layers") {
  CHECK_THROWS_WITH_AS(Linear(0, 2), "Linear: sizes must be positive, got 0 and 2",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(Conv2d(3, 0, 3), "Conv2d: sizes must be positive, got 3, 0 and kernel 3",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(Conv2d(3, 4, 3, {.groups = 2}),
                       "Conv2d: 3 and 4 channels cannot be split into 2 groups",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(Dropout(1.5), "Dropout: expected p between 0 and 1, got 1.5",
                       std::invalid_argument);
}

TEST_CASE("Dropout draws a new mask each time it is trained, and none in inference") {
  manual_seed(5);
  Dropout layer(0.5);
  const Tensor x = Tensor::full({1000}, 1);
  const Tensor first = layer(x), second = layer(x);
  CHECK(!same_bits(first, second));
  CHECK(default_generator().position == 2);
  manual_seed(5);
  CHECK(same_bits(layer(x), first));
  layer.eval();
  CHECK(layer(x).aliases(x));
  CHECK(default_generator().position == 1);
  manual_seed(0);
}

}  // namespace
}  // namespace ek
