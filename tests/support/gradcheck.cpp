#include "tests/support/gradcheck.h"

#include <cstddef>
#include <cstdint>
#include <span>

#include <doctest/doctest.h>

#include "evenkeel/core/base/real.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/machine/parallel.h"
#include "evenkeel/core/ops/random.h"
#include "evenkeel/core/tensor/autograd.h"
#include "tests/support/compare.h"

namespace ek {
namespace {

constexpr std::uint64_t kSeed = 20150211;

/// sum(y dy), added up in double by a loop of its own. Its gradient is dy itself, not a copy: an op that
/// wrote into the gradient it is given would be noticed.
Tensor dot(const Tensor& y, const Tensor& dy) {
  double total = 0;
  for (std::size_t i = 0; i < y.data().size(); ++i)
    total += double(y.data()[i]) * double(dy.data()[i]);
  return record("dot", Tensor::full({}, static_cast<Real>(total)), {y},
                [dy](const Tensor&) -> Gradients { return {dy}; });
}

double value_of(const OpCase& c, const Tensor& dy) {
  NoGrad no_grad;
  return dot(c.run(c.inputs), dy).item();
}

std::vector<Tensor> noise_like(const std::vector<Tensor>& inputs) {
  std::vector<Tensor> noise;
  for (const Tensor& input : inputs) noise.push_back(random_tensor(input.shape(), "noise"));
  return noise;
}

Tensor minus(const Tensor& a, const Tensor& b) {
  Tensor difference = a.clone();
  for (std::size_t i = 0; i < b.data().size(); ++i) difference.mutable_data()[i] -= b.data()[i];
  return difference;
}

}  // namespace

Tensor random_tensor(Shape shape, const std::string& name) {
  Tensor t(shape);
  fill_normal(t, 0, 1, Stream(kSeed, name));
  return t;
}

std::vector<std::vector<bool>> wanted_subsets(std::size_t inputs) {
  std::vector<std::vector<bool>> subsets = {std::vector<bool>(inputs, true)};
  for (std::size_t i = 0; i < inputs && inputs > 1; ++i) {
    subsets.emplace_back(inputs, false);
    subsets.back()[i] = true;
  }
  return subsets;
}

Outcome evaluate(const OpCase& c, const std::vector<bool>& wanted,
                 const std::vector<Tensor>& start) {
  std::vector<Tensor> inputs = c.inputs;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    inputs[i].requires_grad(wanted[i]);
    inputs[i].set_grad(wanted[i] && !start.empty() ? start[i] : Tensor());
  }
  const Tensor y = c.run(inputs);
  const Tensor dy = random_tensor(y.shape(), "dy"), given = dy.clone();
  dot(y, dy).backward();
  CHECK_MESSAGE(same_bits(dy, given), "backward must not write into the gradient that it is given");
  Outcome outcome{y.detach(), {}};
  for (Tensor& input : inputs) {
    // clip_grad_norm scales every gradient in place: two that shared their values would be scaled twice.
    CHECK_FALSE(input.grad().aliases(dy));
    for (const Tensor& other : outcome.gradients) CHECK_FALSE(input.grad().aliases(other));
    outcome.gradients.push_back(input.grad());
    input.zero_grad();
    input.requires_grad(false);
  }
  return outcome;
}

std::vector<double> central_differences(const OpCase& c, std::size_t i, const Tensor& dy) {
  // Truncation costs about h^2 and rounding 1e-16 / h: both well below 1e-6 of the gradient.
  constexpr double h = 1e-5;
  Tensor input = c.inputs[i];
  std::vector<double> result;
  for (std::size_t k = 0; k < input.data().size(); ++k) {
    const Real before = input.data()[k];
    auto value_at = [&](double x) {
      input.mutable_data()[k] = static_cast<Real>(x);
      return value_of(c, dy);
    };
    const double above = value_at(before + h), below = value_at(before - h);
    input.mutable_data()[k] = before;
    result.push_back((above - below) / (2 * h));
  }
  return result;
}

void check_gradients(const OpCase& c, double tolerance) {
  CAPTURE(c.name);
  const SerialScope
      serial;  // thousands of tiny ops: starting threads would cost more than the work
  const Tensor dy = random_tensor(
      [&c] {
        NoGrad no_grad;
        return c.run(c.inputs).shape();
      }(),
      "dy");
  std::vector<std::vector<double>> numeric;
  for (std::size_t i = 0; i < c.inputs.size(); ++i)
    numeric.push_back(central_differences(c, i, dy));
  std::vector<Tensor> before;
  for (const Tensor& input : c.inputs) before.push_back(input.clone());
  const std::vector<Tensor> noise = noise_like(c.inputs), noise_before = noise_like(c.inputs);
  for (const std::vector<bool>& wanted : wanted_subsets(c.inputs.size())) {
    const Outcome outcome = evaluate(c, wanted, noise);
    for (std::size_t i = 0; i < c.inputs.size(); ++i) {
      CAPTURE(i);
      CHECK(bool(outcome.gradients[i]) == wanted[i]);
      CHECK(same_bits(c.inputs[i], before[i]));
      CHECK_MESSAGE(same_bits(noise[i], noise_before[i]),
                    "adding to a shared gradient must not change it");
      if (!outcome.gradients[i]) continue;
      const Tensor gradient = minus(outcome.gradients[i], noise[i]);
      CHECK(relative_error(gradient.data(), std::span<const double>(numeric[i]), 1e-3) <=
            tolerance);
    }
  }
  CHECK(live_nodes() == 0);
}

}  // namespace ek
