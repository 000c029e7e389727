// Ten steps of every optimizer against PyTorch, on a problem whose gradient is c (p - target).
#include <doctest/doctest.h>

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "apps/convnet/options.h"
#include "evenkeel/core/ops/elementwise.h"
#include "evenkeel/core/tensor/autograd.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/optim/adam.h"
#include "evenkeel/optim/optimizer.h"
#include "evenkeel/optim/sgd.h"
#include "tests/support/compare.h"
#include "tests/support/golden.h"

namespace ek {
namespace {

constexpr double kTolerance = 2e-6;  // measured, 6e-7 at most: ten roundings of float
constexpr std::size_t kSteps = 10;

double real_or(const GoldenCase& c, const std::string& key, double otherwise) {
  return c.options.contains(key) ? c.real(key) : otherwise;
}

SgdOptions sgd_options(const GoldenCase& c) {
  return {.lr = c.real("lr"),
          .momentum = real_or(c, "momentum", 0),
          .dampening = real_or(c, "dampening", 0),
          .weight_decay = real_or(c, "weight_decay", 0),
          .nesterov = c.options.contains("nesterov")};
}

template <typename Options>
Options adam_options(const GoldenCase& c) {
  Options options{.lr = c.real("lr")};
  options.beta1 = real_or(c, "beta1", options.beta1);
  options.beta2 = real_or(c, "beta2", options.beta2);
  options.eps = real_or(c, "eps", options.eps);
  options.weight_decay = real_or(c, "weight_decay", options.weight_decay);
  return options;
}

using OptimizerPtr = std::unique_ptr<Optimizer>;
using Parameters = std::vector<Tensor>;

template <typename O, typename Options>
OptimizerPtr make(const Parameters& parameters, const Options& options) {
  return std::make_unique<O>(parameters, options);
}

const std::map<std::string, std::function<OptimizerPtr(const GoldenCase&, const Parameters&)>>
    kOptimizers = {
        {"SGD",
         [](const GoldenCase& c, const Parameters& p) { return make<SGD>(p, sgd_options(c)); }},
        {"Adam", [](const GoldenCase& c,
                    const Parameters& p) { return make<Adam>(p, adam_options<AdamOptions>(c)); }},
        {"AdamW",
         [](const GoldenCase& c, const Parameters& p) {
           return make<AdamW>(p, adam_options<AdamWOptions>(c));
         }},
};

void check_case(const GoldenCase& c) {
  CAPTURE(c.name);
  const std::vector<std::string> names = {"weight", "bias"};
  Parameters parameters;
  for (const std::string& name : names)
    parameters.push_back(c.tensor("start/" + name).requires_grad(true));
  const Tensor idle =
      Tensor::full({2}, 1).requires_grad(true);  // never has a gradient: must not even decay
  parameters.push_back(idle);
  const OptimizerPtr optimizer = kOptimizers.at(c.option("optimizer"))(c, parameters);
  for (std::size_t step = 0; step < kSteps; ++step) {
    CAPTURE(step);
    for (std::size_t i = 0; i < names.size(); ++i)
      parameters[i].set_grad(c.tensor("c/" + names[i]) *
                             (parameters[i].detach() - c.tensor("target/" + names[i])));
    optimizer->step();
    for (std::size_t i = 0; i < names.size(); ++i) {
      const Tensor history = c.tensor("after/" + names[i]);
      const std::size_t n = parameters[i].data().size();
      CHECK(relative_error(parameters[i].data(), history.data().subspan(step * n, n)) <=
            kTolerance);
    }
    CHECK(same_bits(idle, Tensor::full({2}, 1)));
  }
}

TEST_CASE("every optimizer makes the steps that PyTorch makes") {
  const auto cases = read_golden("optim");
  REQUIRE(cases.size() >= 14);
  for (const GoldenCase& c : cases) check_case(c);
}

}  // namespace
}  // namespace ek
