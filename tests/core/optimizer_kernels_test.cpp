// sgd and adam on every table: against the formulas in double, and bit for bit against the baseline table.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>

#include "evenkeel/core/base/real.h"
#include "evenkeel/core/kernels/dispatch.h"
#include "evenkeel/core/kernels/kernels.h"
#include "tests/core/kernel_checks.h"

namespace ek {
namespace {

/// A training state: gradient, two state arrays and the weight.
struct State {
  Values grad, first, second, weight;

  explicit State(std::size_t n)
      : grad(numbers(static_cast<std::int64_t>(n), "grad")),
        first(numbers(static_cast<std::int64_t>(n), "first")),
        second(n),
        weight(numbers(static_cast<std::int64_t>(n), "weight")) {
    const Values root = numbers(static_cast<std::int64_t>(n), "second");
    for (std::size_t i = 0; i < n; ++i) second[i] = root[i] * root[i];
  }
};

void check_states(const State& got, const State& baseline) {
  REQUIRE(all_of(got.weight.size(), [&](std::size_t i) {
    return same_bits(got.grad[i], baseline.grad[i]) && same_bits(got.first[i], baseline.first[i]) &&
           same_bits(got.second[i], baseline.second[i]) &&
           same_bits(got.weight[i], baseline.weight[i]);
  }));
}

TEST_CASE("sgd") {
  constexpr double kTolerance = 1e-6;
  for (const Kernels* table : supported_kernels())
    for (const auto& p :
         {SgdStep{Real(0.1), 0, 1, 0, false}, SgdStep{Real(0.1), 0, 1, Real(0.01), false},
          SgdStep{Real(0.1), Real(0.9), 1, Real(0.01), false},
          SgdStep{Real(0.1), Real(0.9), Real(0.75), Real(0.01), false},
          SgdStep{Real(0.1), Real(0.9), 1, Real(0.01), true},
          SgdStep{Real(0.1), Real(0.9), 1, 0, true}})
      for (const std::size_t n : lengths()) {
        CAPTURE(std::string(table->name));
        CAPTURE(n);
        const State before(n);
        State got(n), baseline(n);
        auto step = [&](const Kernels& k, State& s) {
          k.sgd(static_cast<std::int64_t>(n), p, s.grad.data(), s.first.data(), s.weight.data());
        };
        step(*table, got);
        step(*supported_kernels().front(), baseline);
        check_states(got, baseline);
        REQUIRE(all_of(n, [&](std::size_t i) {
          const double g =
              double{before.grad[i]} + double{p.weight_decay} * double{before.weight[i]};
          const double v =
              double{p.momentum} * double{before.first[i]} + double{p.gradient_share} * g;
          const double direction = p.momentum == 0 ? g
                                   : p.nesterov    ? g + double{p.momentum} * v
                                                   : v;
          return close(got.weight[i], double{before.weight[i]} - double{p.lr} * direction,
                       kTolerance) &&
                 close(got.first[i], p.momentum == 0 ? double{before.first[i]} : v, kTolerance);
        }));
      }
}

TEST_CASE("adam") {
  constexpr double kTolerance = 2e-6;
  for (const Kernels* table : supported_kernels())
    for (const Real decay : {Real(0), Real(0.1)})
      for (const Real shrink : {Real(1), Real(0.999)})
        for (const std::size_t n : lengths()) {
          CAPTURE(std::string(table->name));
          CAPTURE(n);
          const AdamStep p = {.step_size = Real(0.01),
                              .beta1 = Real(0.9),
                              .one_minus_beta1 = Real(0.1),
                              .beta2 = Real(0.999),
                              .one_minus_beta2 = Real(0.001),
                              .eps = Real(1e-8),
                              .weight_decay = decay,
                              .shrink = shrink};
          const State before(n);
          State got(n), baseline(n);
          auto step = [&](const Kernels& k, State& s) {
            k.adam(static_cast<std::int64_t>(n), p, s.grad.data(), s.first.data(), s.second.data(),
                   s.weight.data());
          };
          step(*table, got);
          step(*supported_kernels().front(), baseline);
          check_states(got, baseline);
          REQUIRE(all_of(n, [&](std::size_t i) {
            const double w = double{before.weight[i]} * double{shrink};
            const double g = double{before.grad[i]} + double{decay} * w;
            const double m =
                double{p.beta1} * double{before.first[i]} + double{p.one_minus_beta1} * g;
            const double v =
                double{p.beta2} * double{before.second[i]} + double{p.one_minus_beta2} * g * g;
            const double root = std::sqrt(v) + double{p.eps};
            return close(got.first[i], m, kTolerance) && close(got.second[i], v, kTolerance) &&
                   close(got.weight[i], w - double{p.step_size} * m / root, kTolerance);
          }));
        }
}

}  // namespace
}  // namespace ek
