// Modes, errors, observers and descriptions: what a layer does with its children.
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
#include "tests/layers/sample_layers.h"
#include "tests/support/compare.h"

namespace ek {
namespace {

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
      "body.bn (BatchNorm1d(4, eps=1e-05, momentum=0.1)): one value per channel in input [1, 4], "
      "and its own mean would be all that is left of it; take a larger batch, drop the last "
      "partial batch, use GroupNorm or LayerNorm, or call eval()",
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
