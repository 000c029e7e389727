// What an optimizer takes: parameters, groups with rates of their own, and what makes no sense.
#include <unistd.h>
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>
#include "evenkeel/core/base/check.h"
#include "evenkeel/core/files/safetensors.h"
#include "evenkeel/core/files/state.h"
#include "evenkeel/core/machine/parallel.h"
#include "evenkeel/core/ops/elementwise.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/optim/adam.h"
#include "evenkeel/optim/optimizer.h"
#include "evenkeel/optim/sgd.h"
#include "tests/optim/optimizer_kinds.h"
#include "tests/optim/problem.h"

namespace ek {
namespace {

TEST_CASE("parameters without a gradient stay as they are, and gradients are never written") {
  for (const Kind& kind : kKinds) {
    CAPTURE(kind.name);
    Parameters p = start();
    const Tensor before = p[2].clone();
    const auto optimizer = kind.make(p);
    set_random_gradient(p[0], 0, 1);
    const Tensor gradient = p[0].grad(), copy = gradient.clone();
    optimizer->step();
    CHECK(same_bits(p[2], before));
    CHECK(same_bits(p[0].grad(), copy));
    CHECK(p[0].grad().aliases(gradient));
    optimizer->zero_grad();
    CHECK_FALSE(p[0].grad());
    const Tensor after = p[0].clone();
    optimizer->step();
    CHECK(same_bits(p[0], after));
  }
}

TEST_CASE("groups have their own learning rate and decay") {
  const auto one = [] { return Tensor::full({1}, 1).requires_grad(true); };
  Tensor plain = one(), slow = one(), free = one();
  SGD sgd({{.parameters = {plain}},
           {.parameters = {slow}, .lr = 0.25},
           {.parameters = {free}, .weight_decay = 0}},
          {.lr = 0.5, .weight_decay = 1});
  const auto step = [&] {
    for (Tensor* p : {&plain, &slow, &free}) {
      p->mutable_data()[0] = 1;
      p->set_grad(Tensor::full({1}, 1));
    }
    sgd.step();
  };
  step();
  CHECK(plain.item() == 0);    // 1 - 0.5 (1 + 1)
  CHECK(slow.item() == 0.5f);  // 1 - 0.25 (1 + 1)
  CHECK(free.item() == 0.5f);  // 1 - 0.5 1
  CHECK(sgd.lr() == 0.5);
  sgd.set_lr(0.25);
  CHECK(sgd.lr() == 0.25);
  step();
  CHECK(plain.item() == 0.5f);
  CHECK(slow.item() == 0.75f);
  CHECK(free.item() == 0.75f);
  sgd.set_lr(0);
  step();
  CHECK(plain.item() == 1);
  CHECK(slow.item() == 1);
}

TEST_CASE("a group's own values are what the same options for all would be") {
  Parameters p = start(), q = start();
  AdamW grouped({{.parameters = {p[0], p[1]}, .lr = 0.007, .weight_decay = 0.3},
                 {.parameters = {p[2]}, .lr = 0.007, .weight_decay = 0.3}},
                {.lr = 0.1});
  AdamW plain(q, {.lr = 0.007, .weight_decay = 0.3});
  steps(grouped, p, 1, 5);
  steps(plain, q, 1, 5);
  check_same(p, q);
}

std::string refusal(const std::function<void()>& make) {
  try {
    make();
  } catch (const std::invalid_argument& e) {
    return e.what();
  }
  return "no error";
}

TEST_CASE("parameters that cannot be optimized") {
  const Tensor w = random_parameter({2, 3}, "w"), constant = random_tensor({4}, "constant");
  CHECK(refusal([] { Adam(Parameters{}); }) ==
        "Adam: no parameters to optimize; give it model.parameters()");
  CHECK(refusal([] { Adam(std::vector<ParameterGroup>(2)); }) ==
        "Adam: no parameters to optimize; give it model.parameters()");
  CHECK(refusal([&] {
          Adam(Parameters{w, constant});
        }) ==
        "Adam: parameter 1 requires no gradient, shape [4]; mark it with requires_grad(true)");
  CHECK(refusal([&] {
          Adam(Parameters{w, Tensor()});
        }) ==
        "Adam: parameter 1 requires no gradient and is empty; mark it with requires_grad(true)");
  CHECK(refusal([&] {
          Adam(Parameters{w, w});
        }) == "Adam: parameters 0 and 1 are the same tensor, shape [2, 3]; give it once");
  CHECK(refusal([&] {
          AdamW({{.parameters = {w}}, {.parameters = {random_parameter({1}, "b"), w}}});
        }) == "AdamW: parameters 0 and 2 are the same tensor, shape [2, 3]; give it once");
  CHECK(refusal([&] { Adam(Parameters{w + w}); }).find("only a tensor that no op has made") !=
        std::string::npos);
}

TEST_CASE("groups and rates that make no sense") {
  const Tensor w = random_parameter({2}, "w");
  const auto sgd = [&](ParameterGroup group, double lr) {
    return refusal([&] { SGD(std::vector{group}, {.lr = lr}); });
  };
  CHECK(sgd({{w}, -1.0, {}}, 1) == "SGD: a group's lr is -1, expected a number of at least 0");
  CHECK(sgd({{w}, {}, NAN}, 1) ==
        "SGD: a group's weight_decay is nan, expected a number of at least 0");
  CHECK(sgd({{w}, 0.1, {}}, 0) ==
        "SGD: a group has its own lr, which is kept in proportion to the lr of all; that must be "
        "above 0");
  SGD good(Parameters{w}, {.lr = 0.1});
  CHECK(refusal([&] { good.set_lr(-1); }) == "SGD: lr is -1, expected a number of at least 0");
  CHECK(refusal([&] { good.set_lr(NAN); }) == "SGD: lr is nan, expected a number of at least 0");
  CHECK(good.lr() == 0.1);
}

}  // namespace
}  // namespace ek
