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
#include "tests/support/compare.h"

namespace ek {
namespace {

/// A handle on a parameter or buffer.
Tensor state(const Layer& layer, const std::string& name) {
  return std::get<Tensor>(*layer.state_dict().find(name));
}

std::int64_t batches(const Layer& layer) {
  return std::get<IntTensor>(*layer.state_dict().find("num_batches_tracked")).data()[0];
}

std::vector<std::string> names(const Layer& layer) {
  std::vector<std::string> all;
  for (const auto& [name, value] : layer.state_dict()) all.push_back(name);
  return all;
}

Tensor normal(Shape shape, Real mean = 0, Real stddev = 1, std::uint64_t seed = 1) {
  Tensor t(shape);
  fill_normal(t, mean, stddev, Stream(seed));
  return t;
}

void set(Layer& layer, const std::string& name, std::initializer_list<Real> values) {
  std::copy(values.begin(), values.end(), state(layer, name).mutable_data().begin());
}

bool close(const Tensor& actual, std::initializer_list<double> expected, double tolerance) {
  return relative_error(actual.data(), std::span<const double>(expected.begin(), expected.size()),
                        1) <= tolerance;
}

/// The message of the error that a call throws, "" if it throws none.
template <typename Call>
std::string message_of(Call call) {
  try {
    call();
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// [3, 4]: the example of pytorch#7028. Means 0, 10, 2/3, 1/3.
Tensor issue_7028() { return Tensor::from({3, 4}, {2, 15, 2, 1, 2, 17, 2, 1, -4, -2, -2, -1}); }

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

TEST_CASE("T11 a constant channel gives exactly the bias, and a finite gradient") {
  BatchNorm1d bn(1);
  set(bn, "weight", {2});
  set(bn, "bias", {Real(0.3)});
  Tensor x = Tensor::full({4096, 1}, Real(0.1));
  x.requires_grad(true);
  const Tensor y = bn(x);
  CHECK(same_bits(y, Tensor::full({4096, 1}, Real(0.3))));
  CHECK(std::abs(state(bn, "running_var").item() - 0.9) < 1e-7);
  const Tensor dy = normal({4096, 1});
  sum(y * dy).backward();
  double mean = 0;
  for (const Real value : dy.data()) mean += value / 4096.0;
  const double rstd = 1 / std::sqrt(1e-5);  // 316: what a constant channel does to a gradient
  for (std::size_t i = 0; i < 4096; ++i)
    CHECK(std::abs(x.grad().data()[i] - 2 * rstd * (dy.data()[i] - mean)) < 1e-6 * 2 * rstd * 4);
}

TEST_CASE("T12 the variance survives a mean that is large beside it") {
  struct Case {
    Real mean, stddev;
  };
  for (const Case& c :
       {Case{1e2f, .1f}, Case{1e3f, .1f}, Case{1e4f, .1f}, Case{1e4f, .01f}, Case{-1e6f, 1}}) {
    CAPTURE(c.mean);
    const Tensor x = normal({4096, 1}, c.mean, c.stddev);
    BatchNorm1d bn(1, {.momentum = 1});
    const Tensor y = bn(x);
    double mean = 0, var = 0;
    for (const Real value : x.data()) mean += double(value) / 4096;
    for (const Real value : x.data()) var += std::pow(double(value) - mean, 2) / 4096;
    CHECK(std::abs(state(bn, "running_var").item() / (var * 4096 / 4095) - 1) < 1e-6);
    std::vector<double> expected;
    for (const Real value : x.data())
      expected.push_back((double(value) - mean) / std::sqrt(var + 1e-5));
    CHECK(relative_error(y.data(), std::span<const double>(expected)) < 2e-7);
  }
}

TEST_CASE("T12 values that differ in the last bit only, after one far away") {
  Tensor x = Tensor::full({1, 1, 64, 64}, 1e4f);
  for (std::size_t i = 0; i < 4096; i += 2) x.mutable_data()[i] = std::nextafter(1e4f, 2e4f);
  x.mutable_data()[0] = 0;  // what the sums are taken around must not matter
  BatchNorm2d bn(1, {.momentum = 1});
  const Tensor y = bn(x);
  const double mean = 1e4 * 4095 / 4096, var = 1e8 * 4095 / 4096 / 4096;  // to 1e-7
  CHECK(std::abs(state(bn, "running_var").item() / (var * 4096 / 4095) - 1) < 1e-6);
  CHECK(std::abs(y.data()[0] + mean / std::sqrt(var)) < 1e-4);
}

TEST_CASE("T13 the gradient goes through the mean and the variance") {
  for (const Shape& shape : {Shape{2, 3}, Shape{5, 3}, Shape{3, 3, 3, 2}}) {
    CAPTURE(shape);
    BatchNorm1d flat(3);
    BatchNorm2d maps(3);
    Layer& bn = shape.rank() == 2 ? static_cast<Layer&>(flat) : maps;
    set(bn, "weight", {Real(-1.5), 0, 2});
    Tensor x = normal(shape, 1, 2);
    x.requires_grad(true);
    const Tensor dy = normal(shape, 0, 1, 2), y = bn(x);
    sum(y * dy).backward();
    const std::size_t inner = shape.rank() == 2 ? 1 : 6;
    const Tensor weight = state(bn, "weight");
    std::vector<double> dx_sum(3), dx_xhat(3), bias(3), scale(3);
    for (std::size_t i = 0; i < x.data().size(); ++i) {
      const std::size_t c = i / inner % 3;
      dx_sum[c] += x.grad().data()[i];
      dx_xhat[c] += x.grad().data()[i] * y.data()[i];  // y is xhat times the weight
      bias[c] += dy.data()[i];
      scale[c] += std::abs(y.data()[i] * dy.data()[i]);
    }
    for (std::size_t c = 0; c < 3; ++c) {
      CHECK(std::abs(dx_sum[c]) < 1e-6);
      CHECK(std::abs(dx_xhat[c]) < 1e-4 * (1 + scale[c]));  // 0 up to eps
      CHECK(bn.parameters()[1].grad().data()[c] == doctest::Approx(bias[c]).epsilon(1e-6));
    }
    for (std::size_t i = 0; i < x.data().size(); ++i)
      if (i / inner % 3 == 1) CHECK(x.grad().data()[i] == 0);  // weight 0
  }
}

TEST_CASE("T14 in inference the statistics are constants, and gradients still flow") {
  BatchNorm1d bn(2);
  set(bn, "weight", {-2, 3});
  set(bn, "running_mean", {1, -1});
  set(bn, "running_var", {4, Real(0.25)});
  bn.eval();
  Tensor x = Tensor::from({2, 2}, {3, 0, 5, 1});
  x.requires_grad(true);
  const Tensor dy = Tensor::from({2, 2}, {1, 2, 3, 4});
  sum(bn(x) * dy).backward();
  const double a = 1 / std::sqrt(4 + 1e-5), b = 1 / std::sqrt(0.25 + 1e-5);
  CHECK(close(x.grad(), {-2 * a, 3 * b * 2, -2 * a * 3, 3 * b * 4}, 1e-7));
  CHECK(close(bn.parameters()[0].grad(), {a * (2 * 1 + 4 * 3), b * (1 * 2 + 2 * 4)},
              1e-7));                                     // sum dy xhat
  CHECK(close(bn.parameters()[1].grad(), {4, 6}, 1e-7));  // sum dy
  CHECK(batches(bn) == 0);
}

TEST_CASE(
    "T15 a training forward counts once: k micro-batches move the statistics k times, backward "
    "never does") {
  BatchNorm1d bn(2), forward_only(2);
  for (std::uint64_t k = 1; k <= 3; ++k) {  // gradients add up, as over micro-batches
    const Tensor x = normal({4, 2}, 1, 2, k);
    sum(bn(x) * normal({4, 2}, 0, 1, k + 10)).backward();
    forward_only(x);
    CHECK(batches(bn) == static_cast<std::int64_t>(k));
  }
  for (const char* name : {"running_mean", "running_var"})
    CHECK(same_bits(state(bn, name), state(forward_only, name)));
  const NoGrad no_grad;  // no gradient is wanted, but it is training
  bn(normal({4, 2}));
  CHECK(batches(bn) == 4);
  bn.eval();
  bn(normal({4, 2}));
  CHECK(batches(bn) == 4);
}

TEST_CASE(
    "T17 the bias of a convolution before a BatchNorm has no effect in training, but has one in "
    "inference") {
  Sequential model(Conv2d(3, 8, 3, {.padding = 1}), BatchNorm2d(8));
  model.initialize({.seed = 1});
  const Tensor x = normal({8, 3, 6, 6}), dy = normal({8, 8, 6, 6}, 0, 1, 2);
  const auto bias_beside_weight = [&] {  // |db| / |dW|
    model.zero_grad();
    sum(model(x) * dy).backward();
    const auto length = [&](std::size_t parameter) {
      double squares = 0;
      for (const Real g : model.parameters()[parameter].grad().data())
        squares += double{g} * double{g};
      return std::sqrt(squares);
    };
    return length(1) / length(0);
  };
  CHECK(bias_beside_weight() < 1e-6);
  model.eval();
  CHECK(bias_beside_weight() > 0.1);
}

TEST_CASE(
    "T18 what stands before a BatchNorm may have any scale: W is orthogonal to its gradient") {
  Sequential model(Conv2d(3, 8, 3, {.padding = 1, .bias = false}), BatchNorm2d(8));
  model.initialize({.seed = 1});
  const Tensor x = normal({8, 3, 6, 6}), dy = normal({8, 8, 6, 6}, 0, 1, 2);
  Tensor w = model.parameters()[0];
  std::vector<double> gradient_size;
  Tensor outputs[2];
  for (const int pass : {0, 1}) {
    model.zero_grad();
    outputs[pass] = model(x);
    sum(outputs[pass] * dy).backward();
    double product = 0, ww = 0, gg = 0;
    for (std::size_t i = 0; i < w.data().size(); ++i) {
      const double value = w.data()[i], g = w.grad().data()[i];
      product += value * g;
      ww += value * value;
      gg += g * g;
    }
    CHECK(std::abs(product) / std::sqrt(ww * gg) < 1e-3);
    gradient_size.push_back(std::sqrt(gg));
    for (Real& value : w.mutable_data()) value *= 10;
  }
  CHECK(relative_error(outputs[1], outputs[0], 1) < 1e-4);
  CHECK(gradient_size[0] / gradient_size[1] == doctest::Approx(10).epsilon(1e-3));
}

TEST_CASE(
    "T21 a batch with NaN, infinity or a variance that overflows leaves the running statistics as "
    "they are") {
  constexpr Real kInf = std::numeric_limits<Real>::infinity(),
                 kMax = std::numeric_limits<Real>::max();
  for (const Real bad :
       {std::numeric_limits<Real>::quiet_NaN(), kInf, -kInf, Real(1e20), Real(1e30), -kMax}) {
    for (const std::size_t channel :
         {0u, 1u}) {  // the other one is in order, and is not to move either
      CAPTURE(bad);
      CAPTURE(channel);
      BatchNorm1d bn(2);
      bn(normal({4, 2}, 3, 2));
      const Tensor mean = state(bn, "running_mean").clone(), var = state(bn, "running_var").clone();
      Tensor x = normal({4, 2});
      x.mutable_data()[4 + channel] = bad;
      bn(x);
      CHECK(batches(bn) == 1);
      CHECK(same_bits(state(bn, "running_mean"), mean));
      CHECK(same_bits(state(bn, "running_var"), var));
    }
  }
}

TEST_CASE("T21 a biased variance that fits into Real, when the unbiased one does not") {
  BatchNorm1d bn(1);
  const Real far = Real(
      std::sqrt(0.8 * double{std::numeric_limits<Real>::max()}));  // the unbiased is twice that
  bn(Tensor::from({2, 1}, {far, -far}));
  CHECK(batches(bn) == 0);
  CHECK(same_bits(state(bn, "running_var"), Tensor::full({1}, 1)));
  bn(Tensor::from({2, 1}, {far / 2, -far / 2}));  // 0.4 of the largest number: large is allowed
  CHECK(batches(bn) == 1);
  CHECK(state(bn, "running_var").item() > Real(1e37));
}

TEST_CASE("T25 running statistics are buffers: saved, but not seen by an optimizer") {
  Sequential model(Conv2d(1, 2, 1, {.bias = false}), BatchNorm2d(2));
  std::vector<std::string> trained;
  for (const auto& [name, value] : model.named_parameters()) trained.push_back(name);
  CHECK(trained == std::vector<std::string>{"0.weight", "1.weight", "1.bias"});
  CHECK(names(model) == std::vector<std::string>{"0.weight", "1.weight", "1.bias", "1.running_mean",
                                                 "1.running_var", "1.num_batches_tracked"});
  CHECK_FALSE(state(model, "1.running_mean").requires_grad());
  sum(model(normal({4, 1, 3, 3}))).backward();
  CHECK_FALSE(state(model, "1.running_var").grad());

  Sequential copy(Conv2d(1, 2, 1, {.bias = false}), BatchNorm2d(2));
  copy.load_state_dict(model.state_dict());
  const Tensor saved = state(copy, "1.running_mean").clone();
  CHECK(same_bits(saved, state(model, "1.running_mean")));
  model(normal({4, 1, 3, 3}, 5));  // the copy has values of its own
  CHECK(same_bits(saved, state(copy, "1.running_mean")));
  CHECK_FALSE(same_bits(saved, state(model, "1.running_mean")));
}

TEST_CASE(
    "T26 weight starts at 1 and bias at 0, not at anything drawn, and initialize brings all of it "
    "back") {
  BatchNorm2d bn(3);
  const auto check_start = [&] {
    CHECK(same_bits(state(bn, "weight"), Tensor::full({3}, 1)));
    CHECK(same_bits(state(bn, "bias"), Tensor::zeros({3})));
    CHECK(same_bits(state(bn, "running_mean"), Tensor::zeros({3})));
    CHECK(same_bits(state(bn, "running_var"), Tensor::full({3}, 1)));
    CHECK(batches(bn) == 0);
  };
  check_start();
  set(bn, "weight", {7, 8, 9});
  set(bn, "bias", {1, 2, 3});
  bn(normal({4, 3, 2, 2}, 3, 2));
  bn.initialize({.seed = 5, .gain = 10});  // a gain is for weight matrices
  check_start();
}

TEST_CASE(
    "T27 a ReLU after the norm does not disturb its gradient, and statistics are not thrown away") {
  BatchNorm1d bn(2);
  set(bn, "weight", {-2, 3});
  set(bn, "bias", {Real(0.5), Real(-0.25)});
  Tensor x = normal({5, 2}, 2, 3);
  x.requires_grad(true);
  const Tensor dy = normal({5, 2}, 0, 1, 2);
  const Tensor y = bn(x);
  sum(relu(y) * dy).backward();
  const Tensor through = x.grad();
  Tensor masked =
      dy.clone();  // the same by hand: the gradient that the ReLU lets pass, straight into the norm
  for (std::size_t i = 0; i < 10; ++i)
    if (y.data()[i] <= 0) masked.mutable_data()[i] = 0;
  x.zero_grad();
  sum(bn(x) * masked).backward();
  CHECK(same_bits(x.grad(), through));
  CHECK(batches(bn) == 2);
  CHECK(state(bn, "running_mean").data()[0] != 0);
  CHECK(state(bn, "running_var").data()[0] != 1);
}

TEST_CASE("T28 channels are axis 1, in every layout") {
  const Tensor x = normal({4, 3, 2, 5}, 1, 2);
  const Tensor maps = BatchNorm2d(3)(x);
  CHECK(same_bits(BatchNorm1d(3)(x.view({4, 3, 10})).view({4, 3, 2, 5}), maps));
  CHECK(relative_error(BatchNorm1d(3)(Tensor::from({3, 3}, {1, 2, 3, 2, 4, 6, 3, 6, 9})),
                       Tensor::from({3, 3}, {-1.2247f, -1.2247f, -1.2247f, 0, 0, 0, 1.2247f,
                                             1.2247f, 1.2247f})) < 1e-4);
}

TEST_CASE("T28 a wrong number of channels or axes is an error with both numbers") {
  CHECK(contains(message_of([] {
                   BatchNorm2d(3)(normal({2, 4, 4, 3}));
                 }),
                 "expected an input [N, 3, H, W], got [2, 4, 4, 3]"));
  CHECK(contains(message_of([] {
                   BatchNorm1d(3)(normal({2, 4}));
                 }),
                 "expected an input [N, 3] or [N, 3, L], got [2, 4]"));
  CHECK(message_of([] { BatchNorm2d(3)(normal({2, 3})); }) != "");
  CHECK(message_of([] { BatchNorm1d(3)(normal({2, 3, 1, 1})); }) != "");
  CHECK(contains(message_of([] {
                   GroupNorm(2, 4)(normal({2, 6, 2}));
                 }),
                 "[N, 4, ...], got [2, 6, 2]"));
  CHECK(contains(message_of([] { GroupNorm(3, 4); }), "4 channels cannot be split into 3 groups"));
  CHECK(contains(message_of([] { LayerNorm(5)(normal({2, 4})); }), "[..., [5]], got [2, 4]"));
  CHECK(contains(message_of([] {
                   InstanceNorm2d(3)(normal({2, 4, 2, 2}));
                 }),
                 "[N, 3, H, W], got [2, 4, 2, 2]"));
}

TEST_CASE("T28 the other norms: neighbouring channels share a group, the variance is biased") {
  // Channels 0, 1 and channels 2, 3: each pair is -1 and 1 around its mean.
  const Tensor x = Tensor::from({1, 4}, {1, 3, 10, 12});
  const double one = 1 / std::sqrt(1 + 1e-5);
  CHECK(close(GroupNorm(2, 4)(x), {-one, one, -one, one}, 1e-6));
  CHECK(close(LayerNorm(2)(x.view({2, 2})), {-one, one, -one, one}, 1e-6));
  CHECK(close(InstanceNorm1d(2)(x.view({1, 2, 2})), {-one, one, -one, one}, 1e-6));
  CHECK(InstanceNorm2d(2).state_dict().size() ==
        0);  // as in PyTorch: no weight, no bias, no statistics
  CHECK(contains(message_of([] {
                   InstanceNorm2d(2)(normal({3, 2, 1, 1}));
                 }),
                 "one value per channel of a sample"));
}

}  // namespace
}  // namespace ek
