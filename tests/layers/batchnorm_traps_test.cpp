// The mistakes that frameworks have made with BatchNorm, one test for each, with the numbers that show it.
#include <doctest/doctest.h>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/files/state.h"
#include "evenkeel/core/ops/activation.h"
#include "evenkeel/core/ops/elementwise.h"
#include "evenkeel/core/ops/random.h"
#include "evenkeel/core/ops/reduce.h"
#include "evenkeel/core/tensor/autograd.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/layers/conv2d.h"
#include "evenkeel/layers/functions.h"
#include "evenkeel/layers/layer.h"
#include "evenkeel/layers/norm.h"
#include "evenkeel/layers/sequential.h"
#include "tests/layers/trap_support.h"
#include "tests/support/compare.h"

namespace ek {
namespace {

TEST_CASE("T1 momentum is the share of the new batch, not of the old average") {
  const Tensor x = issue_7028();
  BatchNorm1d all(4, {.momentum = 1});
  all(x);
  CHECK(same_bits(state(all, "running_mean"),
                  Tensor::from({4}, {0, 10, Real(2.0 / 3), Real(1.0 / 3)})));
  BatchNorm1d nothing(4, {.momentum = 0});
  nothing(x);
  CHECK(same_bits(state(nothing, "running_mean"), Tensor::zeros({4})));
  CHECK(same_bits(state(nothing, "running_var"), Tensor::full({4}, 1)));
  BatchNorm1d tenth(4);
  tenth(x);  // 0.9 * 0 + 0.1 * mean, 0.9 * 1 + 0.1 * unbiased variance
  CHECK(close(state(tenth, "running_mean"), {0, 1, 0.2 / 3, 0.1 / 3}, 1e-7));
  CHECK(close(state(tenth, "running_var"), {2.1, 11.8, 0.9 + 1.6 / 3, 0.9 + 0.4 / 3}, 1e-7));
}

TEST_CASE("T2 the biased variance normalises, the unbiased one is stored") {
  BatchNorm1d bn(4, {.momentum = 1});
  const Tensor y = bn(issue_7028());
  CHECK(close(state(bn, "running_mean"), {0, 10, 2.0 / 3, 1.0 / 3}, 1e-7));
  CHECK(close(state(bn, "running_var"), {12, 109, 16.0 / 3, 4.0 / 3}, 1e-7));
  const double scale = 1 / std::sqrt(8 + 1e-5);  // biased variance of column 0
  CHECK(std::abs(y.data()[0] - 2 * scale) < 1e-6);
  CHECK(std::abs(y.data()[0] - 0.707106) < 1e-6);
  CHECK(std::abs(y.data()[4] - 0.707106) < 1e-6);
  CHECK(std::abs(y.data()[8] + 1.414213) < 1e-6);
}

TEST_CASE("T2 the example of pytorch#60528: [4, 3, 4]") {
  Tensor x({4, 3, 4});
  for (int i = 0; i < 48; ++i)  // rows that start at 1, 5, 9, plus the index of the sample
    x.mutable_data()[static_cast<std::size_t>(i)] =
        static_cast<Real>(1 + i / 12 + i / 4 % 3 * 4 + i % 4);
  BatchNorm1d bn(3);
  const Tensor y = bn(x);
  const double var = 0.9 + 0.1 * 2.5 * 16 / 15;
  CHECK(close(state(bn, "running_var"), {var, var, var}, 1e-7));
  CHECK(std::abs(state(bn, "running_var").data()[0] - 1.1667) < 5e-5);
  for (int i = 0; i < 48;
       ++i) {  // -3 ... 3 in units of the standard deviation: 1.8974, 1.2649, 0.6325, 0
    const double expected = (i / 12 + i % 4 - 3) * 0.632455;
    CHECK(std::abs(y.data()[static_cast<std::size_t>(i)] - expected) < 1e-5);
  }
}

TEST_CASE("T3 eps stands inside the root, the same in training and inference, and is positive") {
  BatchNorm1d bn(1, {.eps = 1e-3, .momentum = 1});
  const Tensor y = bn(Tensor::from({2, 1}, {-1, 1}));  // variance 1
  CHECK(std::abs(y.data()[1] - 1 / std::sqrt(1.001)) < 1e-7);
  bn.eval();
  set(bn, "running_var", {0});
  CHECK(std::abs(bn(Tensor::from({1, 1}, {2})).item() - 2 / std::sqrt(1e-3)) < 1e-4);
  CHECK(contains(message_of([] { BatchNorm1d(1, {.eps = 0}); }), "eps must be positive, got 0"));
  CHECK(contains(message_of([] { BatchNorm2d(1, {.eps = -1e-5}); }),
                 "eps must be positive, got -1e-05"));
}

TEST_CASE("T4 one value per channel: an error in training, legal in inference") {
  Sequential model(ReLU(), BatchNorm2d(3));
  const std::string error = message_of([&] { model(normal({1, 3, 1, 1})); });
  CHECK(contains(error, "1 (BatchNorm2d(3"));
  CHECK(contains(error, "one value per channel in input [1, 3, 1, 1]"));
  CHECK(contains(error, "eval()"));
  CHECK(contains(message_of([] {
                   BatchNorm1d(3)(normal({1, 3}));
                 }),
                 "one value per channel in input [1, 3]"));
  CHECK_NOTHROW(model(normal({1, 3, 2, 1})));
  CHECK_NOTHROW(model(normal({2, 3, 1, 1})));
  model.eval();
  CHECK_NOTHROW(model(normal({1, 3, 1, 1})));
  BatchNorm2d untracked(3,
                        {.track_running_stats = false});  // has nothing but the batch's statistics
  untracked.eval();
  const std::string still = message_of([&] { untracked(normal({1, 3, 1, 1})); });
  CHECK(contains(still, "one value per channel"));
  CHECK_FALSE(contains(still, "eval()"));
}

TEST_CASE("T4 an empty batch has no statistics either, and is called what it is") {
  const std::string error = message_of([] { BatchNorm1d(1)(Tensor({0, 1})); });
  CHECK(contains(error, "no value per channel in input [0, 1]"));
  CHECK_FALSE(contains(error, "own mean"));
  CHECK(contains(message_of([] {
                   BatchNorm2d(1)(Tensor({2, 1, 0, 3}));
                 }),
                 "no value per channel in input [2, 1, 0, 3]"));
  CHECK(contains(message_of([] {
                   InstanceNorm2d(1)(Tensor({2, 1, 0, 3}));
                 }),
                 "no value per channel of a sample in input [2, 1, 0, 3]"));
  BatchNorm1d bn(1);
  bn.eval();
  CHECK(bn(Tensor({0, 1})).shape() == Shape{0, 1});
}

TEST_CASE("T4 a failed forward leaves the running statistics alone") {
  BatchNorm1d bn(3);
  CHECK_THROWS_AS(bn(normal({1, 3})), std::invalid_argument);
  CHECK(batches(bn) == 0);
  CHECK(same_bits(state(bn, "running_var"), Tensor::full({3}, 1)));
}

TEST_CASE(
    "T6 fresh, in inference: the running statistics are 0 and 1, so next to nothing changes") {
  BatchNorm2d bn(3);
  bn.eval();
  const Tensor x = normal({2, 3, 4, 4}, 1, 5), y = bn(x);
  std::vector<double> expected;
  for (const Real value : x.data()) expected.push_back(double{value} / std::sqrt(1 + 1e-5));
  CHECK(relative_error(y.data(), std::span<const double>(expected)) < 2e-7);
  CHECK(batches(bn) == 0);
}

TEST_CASE("T7 num_batches_tracked counts training forwards, and old files may lack it") {
  BatchNorm1d bn(2);
  CHECK(names(bn) == std::vector<std::string>{"weight", "bias", "running_mean", "running_var",
                                              "num_batches_tracked"});
  for (int i = 0; i < 3; ++i) bn(normal({4, 2}));
  CHECK(batches(bn) == 3);
  bn.eval();
  bn(normal({4, 2}));
  CHECK(batches(bn) == 3);
  StateDict old;
  for (const auto& [name, value] : bn.state_dict())
    if (name != "num_batches_tracked") old.add(name, std::get<Tensor>(value).clone());
  bn.load_state_dict(old);
  CHECK(batches(bn) == 0);
  BatchNorm1d still(2, {.momentum = 0});  // counted even where momentum makes it redundant
  still(normal({4, 2}));
  CHECK(batches(still) == 1);
}

TEST_CASE("T8 without momentum the running mean is the average of the batch means") {
  BatchNorm1d bn(2, {.momentum = std::nullopt});
  for (int round = 0; round < 2; ++round) {
    std::vector<double> total(2), spread(2);
    for (int k = 1; k <= 5; ++k) {
      const Tensor x = normal({4, 2}, Real(k), Real(k), static_cast<std::uint64_t>(k + 10 * round));
      bn(x);
      for (std::size_t c = 0; c < 2; ++c) {
        double mean = 0, squares = 0;
        for (std::size_t n = 0; n < 4; ++n) mean += x.data()[2 * n + c] / 4.0;
        for (std::size_t n = 0; n < 4; ++n) squares += std::pow(x.data()[2 * n + c] - mean, 2);
        total[c] += mean;
        spread[c] += squares / 3;
      }
      CHECK(close(state(bn, "running_mean"), {total[0] / k, total[1] / k}, 1e-6));
      CHECK(close(state(bn, "running_var"), {spread[0] / k, spread[1] / k}, 1e-6));
    }
    bn.reset_running_stats();
    CHECK(batches(bn) == 0);
    CHECK(same_bits(state(bn, "running_mean"), Tensor::zeros({2})));
    CHECK(same_bits(state(bn, "running_var"), Tensor::full({2}, 1)));
  }
}

TEST_CASE("T9 without affine there is no weight and no bias") {
  BatchNorm2d bn(2, {.affine = false});
  CHECK(names(bn) ==
        std::vector<std::string>{"running_mean", "running_var", "num_batches_tracked"});
  CHECK(bn.parameters().empty());
  BatchNorm2d with(2);  // weight 1, bias 0
  const Tensor x = normal({3, 2, 2, 2}, 3, 2);
  CHECK(same_bits(bn(x), with(x)));
}

TEST_CASE("T10 without running statistics inference uses the batch's own") {
  BatchNorm1d bn(2, {.track_running_stats = false});
  CHECK(names(bn) == std::vector<std::string>{"weight", "bias"});
  const Tensor x = normal({5, 2}, 7, 3);
  const Tensor training = bn(x);
  bn.eval();
  CHECK(same_bits(bn(x), training));
  CHECK_NOTHROW(bn.reset_running_stats());
}

}  // namespace
}  // namespace ek
