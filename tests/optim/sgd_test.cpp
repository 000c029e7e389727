#include "evenkeel/optim/sgd.h"

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "evenkeel/core/base/real.h"
#include "evenkeel/core/kernels/dispatch.h"
#include "evenkeel/core/kernels/kernels.h"
#include "evenkeel/core/tensor/tensor.h"
#include "tests/optim/problem.h"

namespace ek {
namespace {

void check_options(const SgdOptions& o) {
  check_against([&](const std::vector<Tensor>& p) { return std::make_unique<SGD>(p, o); },
                [&](Reference& r, double g, int step) {
                  g += o.weight_decay * r.weight;
                  r.first = step == 1 ? g : o.momentum * r.first + (1 - o.dampening) * g;
                  const double with_momentum = o.nesterov ? g + o.momentum * r.first : r.first;
                  r.weight -= o.lr * (o.momentum > 0 ? with_momentum : g);
                });
}

TEST_CASE("SGD: ten steps against the formula in double") {
  check_options({.lr = 0.1});
  check_options({.lr = 0.1, .weight_decay = 0.3});
  check_options({.lr = 0.1, .momentum = 0.9});
  check_options({.lr = 0.1, .momentum = 0.9, .dampening = 0.25});
  check_options({.lr = 0.1, .momentum = 0.9, .weight_decay = 0.3, .nesterov = true});
  check_options({.lr = 0.1, .momentum = 0.5, .dampening = 1, .weight_decay = 0.1});
  check_options({.lr = 0.1, .dampening = 0.5});  // without momentum, dampening means nothing
}

TEST_CASE("SGD: a step by hand") {
  Tensor w = Tensor::from({2}, {1, -2}).requires_grad(true);
  SGD sgd(std::vector{w}, {.lr = 0.5, .momentum = 0.5, .weight_decay = 1});
  w.set_grad(Tensor::from({2}, {1, 1}));
  sgd.step();  // g = 2, -1
  CHECK(w.data()[0] == 0);
  CHECK(w.data()[1] == -1.5f);
  sgd.step();  // g = 1, -0.5; v = 2, -1
  CHECK(w.data()[0] == -1);
  CHECK(w.data()[1] == -1);
}

TEST_CASE("SGD: nothing is kept without momentum, and nothing before the first step") {
  Tensor w = random_parameter({4}, "w");
  SGD plain(std::vector{w}, {.lr = 0.1});
  set_random_gradient(w, 0, 1);
  plain.step();
  CHECK(plain.state_dict().size() == 1);  // "step"
  const SGD heavy(std::vector{w}, {.lr = 0.1, .momentum = 0.9});
  CHECK(heavy.state_dict().size() == 1);
}

std::string refusal(const SgdOptions& options) {
  try {
    SGD(std::vector{random_parameter({2}, "w")}, options);
  } catch (const std::invalid_argument& e) {
    return e.what();
  }
  return "no error";
}

TEST_CASE("SGD: options that make no sense") {
  CHECK(refusal({}) == "SGD: lr is nan, expected a number of at least 0");
  CHECK(refusal({.lr = -0.1}) == "SGD: lr is -0.1, expected a number of at least 0");
  CHECK(refusal({.lr = INFINITY}) == "SGD: lr is inf, expected a number of at least 0");
  CHECK(refusal({.lr = 1, .momentum = -1}) ==
        "SGD: momentum is -1, expected a number of at least 0");
  CHECK(refusal({.lr = 1, .dampening = NAN}) ==
        "SGD: dampening is nan, expected a number of at least 0");
  CHECK(refusal({.lr = 1, .weight_decay = -1}) ==
        "SGD: weight_decay is -1, expected a number of at least 0");
  const char* nesterov = "SGD: nesterov needs a momentum above 0 and no dampening, got momentum ";
  CHECK(refusal({.lr = 1, .nesterov = true}) == std::string(nesterov) + "0, dampening 0");
  CHECK(refusal({.lr = 1, .momentum = 0.5, .dampening = 0.5, .nesterov = true}) ==
        std::string(nesterov) + "0.5, dampening 0.5");
  CHECK(refusal({.lr = 0}) == "no error");
}

TEST_CASE("SGD: every kernel table makes the same bits") {
  constexpr std::int64_t n = 1003;
  const Tensor grad = random_tensor({n}, "grad"), weight = random_tensor({n}, "weight");
  const Tensor momentum = random_tensor({n}, "momentum");
  for (const Real mu : {Real{0}, Real{0.9f}})
    for (const bool nesterov : {false, true}) {
      const SgdStep step = {.lr = 0.1f,
                            .momentum = mu,
                            .gradient_share = 0.7f,
                            .weight_decay = 0.01f,
                            .nesterov = nesterov};
      std::vector<Tensor> weights, buffers;
      for (const Kernels* table : supported_kernels()) {
        CAPTURE(table->name);
        weights.push_back(weight.clone());
        buffers.push_back(momentum.clone());
        table->sgd(n, step, grad.data().data(), buffers.back().mutable_data().data(),
                   weights.back().mutable_data().data());
        CHECK(same_bits(weights.back(), weights.front()));
        CHECK(same_bits(buffers.back(), buffers.front()));
      }
      CHECK_FALSE(same_bits(weights.front(), weight));
      CHECK(same_bits(buffers.front(), momentum) == (mu == 0));
    }
}

}  // namespace
}  // namespace ek
