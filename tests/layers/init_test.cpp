// Start values: PyTorch's default bounds, uniform, and a function of seed and name alone.
#include "evenkeel/layers/init.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>

#include "evenkeel/core/base/real.h"
#include "evenkeel/core/files/state.h"
#include "evenkeel/core/ops/elementwise.h"
#include "evenkeel/core/ops/random.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/layers/conv2d.h"
#include "evenkeel/layers/layer.h"
#include "evenkeel/layers/linear.h"
#include "evenkeel/layers/norm.h"
#include "evenkeel/layers/sequential.h"
#include "tests/support/compare.h"
#include "tests/support/threads.h"

namespace ek {
namespace {

Tensor state(const Layer& layer, const std::string& name) {
  return std::get<Tensor>(*layer.state_dict().find(name));
}

/// Checks that the values look like a draw from U(-bound, bound).
void check_uniform(const Tensor& t, double bound) {
  const auto n = static_cast<double>(t.numel());
  double low = 0, high = 0, sum = 0, squares = 0;
  for (const Real value : t.data()) {
    low = std::min(low, double{value});
    high = std::max(high, double{value});
    sum += double{value};
    squares += double{value} * double{value};
  }
  CHECK(low >= -bound);
  CHECK(high <= bound);
  CHECK(low < -bound * (1 - 20 / n));
  CHECK(high > bound * (1 - 20 / n));
  CHECK(std::abs(sum / n) < 4 * bound / std::sqrt(3 * n));
  CHECK(squares / n == doctest::Approx(bound * bound / 3).epsilon(3 / std::sqrt(n)));
}

TEST_CASE("weight and bias lie within 1 / sqrt(fan_in)") {
  const Linear fc(400, 500);
  check_uniform(state(fc, "weight"), 0.05);
  check_uniform(state(fc, "bias"), 0.05);
  const Conv2d conv(16, 256, 3);
  check_uniform(state(conv, "weight"), 1.0 / 12);
  check_uniform(state(conv, "bias"), 1.0 / 12);
  const Conv2d grouped(16, 256, {1, 4}, {.groups = 4});  // fan_in counts the channels of a group
  check_uniform(state(grouped, "weight"), 1.0 / 4);
}

TEST_CASE("gain scales the weight, not the bias") {
  Linear fc(20, 30);
  fc.initialize({.seed = 3});
  const Tensor weight = state(fc, "weight").clone(), bias = state(fc, "bias").clone();
  fc.initialize({.seed = 3, .gain = 4});
  CHECK(same_bits(state(fc, "weight"), weight * Real(4)));
  CHECK(same_bits(state(fc, "bias"), bias));
}

TEST_CASE("a parameter's start depends on seed and full name only") {
  Sequential small(Linear(6, 6));
  Sequential large(Linear(6, 6), BatchNorm1d(6), Linear(6, 6));
  small.initialize({.seed = 7});
  large.initialize({.seed = 7});
  CHECK(same_bits(state(small, "0.weight"), state(large, "0.weight")));
  CHECK(same_bits(state(small, "0.bias"), state(large, "0.bias")));
  CHECK(!same_bits(state(large, "0.weight"), state(large, "2.weight")));
  large.initialize({.seed = 8});
  CHECK(!same_bits(state(small, "0.weight"), state(large, "0.weight")));
  Linear alone(6, 6);
  alone.initialize({.seed = 7, .prefix = "0."});
  CHECK(same_bits(state(alone, "weight"), state(small, "0.weight")));
}

TEST_CASE("the values are those of the stream, whatever the number of threads") {
  for (const int threads : {1, 4}) {
    const Threads scope(threads);
    Linear fc(4, 20'000);
    fc.initialize({.seed = 7, .prefix = "fc."});
    const Stream stream(7, "fc.weight");
    const auto weight = state(fc, "weight").data();
    for (const std::size_t i : {0u, 1u, 16'384u, 79'999u})
      CHECK(weight[i] == static_cast<Real>(-0.5 + 1.0 * stream.uniform(i)));
  }
}

TEST_CASE("initialize sets norms back to 1 and 0, statistics too") {
  BatchNorm1d bn(3);
  const Tensor names[] = {state(bn, "weight"), state(bn, "bias"), state(bn, "running_mean"),
                          state(bn, "running_var")};
  for (Tensor t : names) std::ranges::fill(t.mutable_data(), Real(9));
  bn(Tensor::from({2, 3}, {1, 2, 3, 4, 5, 7}));
  bn.initialize({.seed = 1, .gain = 5});
  CHECK(same_bits(names[0], Tensor::full({3}, 1)));
  CHECK(same_bits(names[1], Tensor::zeros({3})));
  CHECK(same_bits(names[2], Tensor::zeros({3})));
  CHECK(same_bits(names[3], Tensor::full({3}, 1)));
  CHECK(std::get<IntTensor>(*bn.state_dict().find("num_batches_tracked")).data()[0] == 0);
}

TEST_CASE("a fresh layer takes its start from the default generator") {
  manual_seed(4);
  const Linear a(5, 5), b(5, 5);
  manual_seed(4);
  const Linear c(5, 5);
  CHECK(same_bits(state(a, "weight"), state(c, "weight")));
  CHECK(!same_bits(state(a, "weight"), state(b, "weight")));
  manual_seed(0);
}

}  // namespace
}  // namespace ek
