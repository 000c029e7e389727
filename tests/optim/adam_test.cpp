#include "evenkeel/optim/adam.h"

#include <cmath>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "evenkeel/core/base/real.h"
#include "evenkeel/core/files/state.h"
#include "evenkeel/core/kernels/dispatch.h"
#include "evenkeel/core/kernels/kernels.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/optim/optimizer.h"
#include "tests/optim/problem.h"

namespace ek {
namespace {

template <typename Optimizer, typename Options>
void check_options(const Options& o, bool decoupled) {
  check_against([&](const std::vector<Tensor>& p) { return std::make_unique<Optimizer>(p, o); },
                [&](Reference& r, double g, int t) {
                  if (decoupled)
                    r.weight *= 1 - o.lr * o.weight_decay;
                  else
                    g += o.weight_decay * r.weight;
                  r.first = o.beta1 * r.first + (1 - o.beta1) * g;
                  r.second = o.beta2 * r.second + (1 - o.beta2) * g * g;
                  const double mhat = r.first / (1 - std::pow(o.beta1, t)),
                               vhat = r.second / (1 - std::pow(o.beta2, t));
                  r.weight -= o.lr * mhat / (std::sqrt(vhat) + o.eps);
                });
}

TEST_CASE("Adam: ten steps against the formula in double") {
  check_options<Adam>(AdamOptions{}, false);
  check_options<Adam>(AdamOptions{.lr = 0.1, .beta1 = 0.7, .beta2 = 0.95, .weight_decay = 0.3},
                      false);
  check_options<Adam>(AdamOptions{.lr = 0.1, .eps = 0.5},
                      false);  // large enough to tell where it is added
  check_options<Adam>(AdamOptions{.lr = 0.1, .beta1 = 0, .beta2 = 0}, false);
}

TEST_CASE("AdamW: ten steps against the formula in double") {
  check_options<AdamW>(AdamWOptions{}, true);
  check_options<AdamW>(AdamWOptions{.lr = 0.1, .weight_decay = 0.5}, true);
  check_options<AdamW>(AdamWOptions{.lr = 0.1, .eps = 0.5, .weight_decay = 0}, true);
}

TEST_CASE("the defaults are PyTorch's") {
  const AdamOptions adam;
  const AdamWOptions adamw;
  CHECK(adam.lr == 1e-3);
  CHECK(adam.beta1 == 0.9);
  CHECK(adam.beta2 == 0.999);
  CHECK(adam.eps == 1e-8);
  CHECK(adam.weight_decay == 0);
  CHECK(adamw.lr == 1e-3);
  CHECK(adamw.beta1 == 0.9);
  CHECK(adamw.beta2 == 0.999);
  CHECK(adamw.eps == 1e-8);
  CHECK(adamw.weight_decay == 1e-2);
}

// 1 - 0.999f would be off by 1.3e-5 of it.
TEST_CASE("Adam: the averages are made with factors that are exact in double") {
  Tensor w = Tensor::full({1}, 0).requires_grad(true);
  Adam adam(std::vector{w});
  w.set_grad(Tensor::full({1}, 1));
  adam.step();
  const StateDict state = adam.state_dict();
  CHECK(std::get<Tensor>(*state.find("exp_avg.0")).item() == static_cast<Real>(1 - 0.9));
  CHECK(std::get<Tensor>(*state.find("exp_avg_sq.0")).item() == static_cast<Real>(1 - 0.999));
}

// A parameter whose first gradient comes late starts its own count: its first step is as long as lr.
TEST_CASE("Adam: bias corrections count the updates of each parameter") {
  Tensor early = Tensor::full({1}, 0).requires_grad(true),
         late = Tensor::full({1}, 0).requires_grad(true);
  Adam adam(std::vector{early, late}, {.lr = 0.5});
  for (int step = 0; step < 5; ++step) {
    early.set_grad(Tensor::full({1}, 1));
    adam.step();
  }
  CHECK(late.item() == 0);
  late.set_grad(Tensor::full({1}, -3));
  adam.step();
  CHECK(static_cast<double>(late.item()) == doctest::Approx(0.5).epsilon(1e-6));
  CHECK(std::get<IntTensor>(*adam.state_dict().find("step")).data() ==
        std::vector<std::int64_t>{6, 1});
}

template <typename Optimizer, typename Options>
std::string refusal(const Options& options) {
  try {
    Optimizer(std::vector{random_parameter({2}, "w")}, options);
  } catch (const std::invalid_argument& e) {
    return e.what();
  }
  return "no error";
}

TEST_CASE("Adam: options that make no sense") {
  CHECK(refusal<Adam>(AdamOptions{.lr = NAN}) ==
        "Adam: lr is nan, expected a number of at least 0");
  CHECK(refusal<Adam>(AdamOptions{.beta1 = 1}) == "Adam: beta1 is 1, expected a number in [0, 1)");
  CHECK(refusal<Adam>(AdamOptions{.beta1 = -0.5}) ==
        "Adam: beta1 is -0.5, expected a number in [0, 1)");
  CHECK(refusal<Adam>(AdamOptions{.beta2 = NAN}) ==
        "Adam: beta2 is nan, expected a number in [0, 1)");
  CHECK(refusal<Adam>(AdamOptions{.eps = -1}) ==
        "Adam: eps is -1, expected a number of at least 0");
  CHECK(refusal<AdamW>(AdamWOptions{.weight_decay = -1}) ==
        "AdamW: weight_decay is -1, expected a number of at least 0");
}

TEST_CASE("Adam: every kernel table makes the same bits") {
  constexpr std::int64_t n = 1003;
  const Tensor grad = random_tensor({n}, "grad"), weight = random_tensor({n}, "weight");
  const Tensor average = random_tensor({n}, "average");
  const AdamStep step = {.step_size = 0.01f,
                         .beta1 = 0.9f,
                         .one_minus_beta1 = 0.1f,
                         .beta2 = 0.999f,
                         .one_minus_beta2 = 0.001f,
                         .eps = 1e-8f,
                         .weight_decay = 0.02f,
                         .shrink = 0.99f};
  std::vector<Tensor> weights, firsts, seconds;
  for (const Kernels* table : supported_kernels()) {
    CAPTURE(table->name);
    weights.push_back(weight.clone());
    firsts.push_back(average.clone());
    seconds.push_back(Tensor::full({n}, 0.5f));
    table->adam(n, step, grad.data().data(), firsts.back().mutable_data().data(),
                seconds.back().mutable_data().data(), weights.back().mutable_data().data());
    CHECK(same_bits(weights.back(), weights.front()));
    CHECK(same_bits(firsts.back(), firsts.front()));
    CHECK(same_bits(seconds.back(), seconds.front()));
  }
  CHECK_FALSE(same_bits(weights.front(), weight));
  for (Real w : weights.front().data()) CHECK(std::isfinite(w));
}

}  // namespace
}  // namespace ek
