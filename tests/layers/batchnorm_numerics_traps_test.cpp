// Traps of BatchNorm in its numbers: constant channels, large means, gradients, values that do not fit.
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

}  // namespace
}  // namespace ek
