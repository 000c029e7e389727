// Sequential: order, names, and that references to its layers stay valid.
#include "evenkeel/layers/sequential.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "evenkeel/core/ops/activation.h"
#include "evenkeel/core/ops/matmul.h"
#include "evenkeel/core/ops/random.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/layers/conv2d.h"
#include "evenkeel/layers/functions.h"
#include "evenkeel/layers/layer.h"
#include "evenkeel/layers/linear.h"
#include "tests/support/compare.h"

namespace ek {
namespace {

std::vector<std::string> names_of(const Layer& layer) {
  std::vector<std::string> names;
  for (const auto& [name, value] : layer.state_dict()) names.push_back(name);
  return names;
}

TEST_CASE("each layer's output is the next one's input") {
  Sequential net(Linear(4, 3), ReLU(), Linear(3, 2));
  Tensor x({5, 4});
  fill_normal(x, 0, 1, Stream(1));
  const auto p = net.parameters();
  CHECK(same_bits(net(x), linear(relu(linear(x, p[0], p[1])), p[2], p[3])));
}

TEST_CASE("children are numbered, as in PyTorch") {
  const Sequential net(Conv2d(3, 4, 3), ReLU(), Flatten(), Linear(4, 2));
  CHECK(names_of(net) == std::vector<std::string>{"0.weight", "0.bias", "3.weight", "3.bias"});
}

TEST_CASE("append returns a reference that stays valid") {
  Sequential net;
  Linear& first = net.append(Linear(4, 4));
  for (int i = 0; i < 20; ++i) net.append(ReLU());
  Layer& last = net.append(std::make_unique<Linear>(4, 2));
  CHECK(&first == net.children().front().second.get());
  CHECK(&last == net.children().back().second.get());
  CHECK(net.children().back().first == "21");
  const Sequential moved = std::move(net);
  CHECK(&first == moved.children().front().second.get());
}

TEST_CASE("within one another") {
  Sequential net(Sequential(Linear(2, 2)), Sequential(ReLU(), Linear(2, 2)));
  CHECK(names_of(net) ==
        std::vector<std::string>{"0.0.weight", "0.0.bias", "1.1.weight", "1.1.bias"});
  net.eval();
  CHECK(!net.children()[1].second->children()[0].second->training());
}

TEST_CASE("an empty one is the identity") {
  Sequential net;
  const Tensor x = Tensor::full({2}, 3);
  CHECK(net(x).aliases(x));
}

}  // namespace
}  // namespace ek
