// The one normalization: precision far from zero, constant rows, repeatability, and its gradient against a
// formula in double.
#include "evenkeel/core/ops/normalize.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/base/norm_view.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/ops/elementwise.h"
#include "evenkeel/core/ops/random.h"
#include "evenkeel/core/ops/reduce.h"
#include "evenkeel/core/tensor/tensor.h"
#include "tests/support/compare.h"
#include "tests/support/naive.h"
#include "tests/support/threads.h"

namespace ek {
namespace {

Tensor numbers(Shape shape, const char* name, Real mean = 0, Real stddev = 1) {
  Tensor t(shape);
  fill_normal(t, mean, stddev, Stream(51, name));
  return t;
}

struct Spread {
  Real mean, stddev;
};

struct Case {
  Shape x;
  std::int64_t groups;  // 0: over the batch
  NormView view() const { return groups == 0 ? NormView::across(x) : NormView::within(x, groups); }
  std::string name() const { return text(x, " groups ", groups); }
};

const std::vector<Case> kCases = {{{64, 5}, 0},         {{2, 300}, 0},      {{8, 3, 16, 16}, 0},
                                  {{4, 6, 5, 7}, 0},    {{1, 2, 40, 3}, 0}, {{3, 4, 50}, 0},
                                  {{8, 4, 16, 16}, 1},  {{4, 6, 9, 9}, 3},  {{4, 6, 9, 9}, 6},
                                  {{128, 64, 2, 2}, 0}, {{700, 3, 1, 1}, 0}};

TEST_CASE("moments are those of the definition") {
  for (const Case& c : kCases) {
    CAPTURE(c.name());
    const NormView view = c.view();
    const Tensor x = numbers(c.x, "x", 3, 2);
    const Moments m = moments(x, view);
    REQUIRE(m.mean.size() == static_cast<std::size_t>(view.statistics()));
    std::vector<double> mean(m.mean.size()), var(m.mean.size());
    auto each = [&](auto add) {
      for (std::int64_t i = 0; i < x.numel(); ++i)
        add(static_cast<std::size_t>(view.statistic_of(i / view.inner)),
            double{x.data()[static_cast<std::size_t>(i)]} / static_cast<double>(view.count()));
    };
    each([&](std::size_t k, double share) { mean[k] += share; });
    each([&](std::size_t k, double share) {
      const double d = share * static_cast<double>(view.count()) - mean[k];
      var[k] += d * d / static_cast<double>(view.count());
    });
    CHECK(relative_error(std::span<const double>(m.mean), std::span<const double>(mean)) <= 1e-13);
    CHECK(relative_error(std::span<const double>(m.var), std::span<const double>(var)) <= 1e-13);
  }
}

TEST_CASE("what is far from zero and close together is normalized as well as anything") {
  for (const Case& c : kCases)
    for (const Spread& s : {Spread{1e4f, 1e-2f}, Spread{-1e4f, 1e-2f}, Spread{1e6f, 1}}) {
      CAPTURE(c.name());
      CAPTURE(s.mean);
      const Tensor x = numbers(c.x, "x", s.mean, s.stddev);
      const Tensor y = normalize(x, c.view(), {}, {}, 1e-5);
      const auto expected = naive::normalize(x, c.groups, {}, {}, 1e-5);
      double worst = 0;
      for (std::size_t i = 0; i < expected.size(); ++i)
        worst = std::max(worst, std::abs(double{y.data()[i]} - expected[i]));
      CHECK(worst <= 1e-6);
    }
}

TEST_CASE("the moments come with the result") {
  const Tensor x = numbers({8, 3, 16, 16}, "x", 1e4, 1e-2f);
  Moments stats;
  normalize(x, NormView::across(x.shape()), {}, {}, 1e-5, &stats);
  const Moments m = moments(x, NormView::across(x.shape()));
  CHECK(stats.mean == m.mean);
  CHECK(stats.var == m.var);
  Moments turned;  // [N, C] takes another path
  const Tensor rows = numbers({64, 3}, "x", 1e4, 1e-2f);
  normalize(rows, NormView::across(rows.shape()), {}, {}, 1e-5, &turned);
  const Moments expected = moments(rows, NormView::across(rows.shape()));
  CHECK(relative_error(std::span<const double>(turned.mean),
                       std::span<const double>(expected.mean)) <= 1e-15);
  CHECK(relative_error(std::span<const double>(turned.var), std::span<const double>(expected.var),
                       1e-6) <= 1e-9);
}

TEST_CASE("where all values are equal the result is exactly the bias") {
  for (const Case& c : kCases)
    for (const Real value :
         {Real(0), Real(0.1), Real(-1e4), Real(1.0 / 3), Real(1e30), Real(1e-30)}) {
      CAPTURE(c.name());
      CAPTURE(value);
      const Tensor weight = numbers({c.x[1]}, "weight"), bias = numbers({c.x[1]}, "bias");
      const Tensor y = normalize(Tensor::full(c.x, value), c.view(), weight, bias, 1e-5);
      const std::int64_t inner = c.x.product(2, c.x.rank());
      for (std::int64_t i = 0; i < y.numel(); ++i)
        REQUIRE(y.data()[static_cast<std::size_t>(i)] ==
                bias.data()[static_cast<std::size_t>(i / inner % c.x[1])]);
    }
}

struct Result {
  Tensor y, dx, dweight, dbias;
};

Result run(const Case& c, Real mean = 0, Real stddev = 1) {
  Tensor x = numbers(c.x, "x", mean, stddev), weight = numbers({c.x[1]}, "weight"),
         bias = numbers({c.x[1]}, "bias");
  for (Tensor* t : {&x, &weight, &bias}) t->requires_grad(true);
  const Tensor y = normalize(x, c.view(), weight, bias, 1e-5);
  sum(y * numbers(c.x, "dy")).backward();
  return {y.detach(), x.grad(), weight.grad(), bias.grad()};
}

/// dx = rstd (g - mean(g) - xhat mean(g xhat)), g = dy weight, in double.
std::vector<double> naive_dx(const Case& c, const Tensor& x, const Tensor& weight,
                             const Tensor& dy) {
  const NormView view = c.view();
  const auto xhat = naive::normalize(x, c.groups, {}, {}, 1e-5);
  const Moments m = moments(x, view);
  std::vector<double> g(xhat.size()), mean_g(m.mean.size()), mean_gx(m.mean.size());
  auto statistic = [&](std::size_t i) {
    return static_cast<std::size_t>(view.statistic_of(static_cast<std::int64_t>(i) / view.inner));
  };
  for (std::size_t i = 0; i < g.size(); ++i) {
    const auto feature = static_cast<std::int64_t>(i) / view.inner % view.features;
    g[i] = double{dy.data()[i]} * double{weight.data()[static_cast<std::size_t>(feature)]};
    mean_g[statistic(i)] += g[i] / static_cast<double>(view.count());
    mean_gx[statistic(i)] += g[i] * xhat[i] / static_cast<double>(view.count());
  }
  for (std::size_t i = 0; i < g.size(); ++i) {
    const std::size_t k = statistic(i);
    g[i] = (g[i] - mean_g[k] - xhat[i] * mean_gx[k]) / std::sqrt(m.var[k] + 1e-5);
  }
  return g;
}

TEST_CASE("gradients, near zero and far from it") {
  for (const Case& c : kCases)
    for (const Spread& s : {Spread{0, 1}, Spread{1e4f, 1e-2f}}) {
      CAPTURE(c.name());
      CAPTURE(s.mean);
      const Result r = run(c, s.mean, s.stddev);
      const auto dx = naive_dx(c, numbers(c.x, "x", s.mean, s.stddev), numbers({c.x[1]}, "weight"),
                               numbers(c.x, "dy"));
      CHECK(relative_error(r.dx.data(), std::span<const double>(dx)) <= 2e-6);
    }
}

TEST_CASE("the same bits for 1, 2 and 4 threads") {
  for (const Case& c : kCases) {
    CAPTURE(c.name());
    Result first;
    for (const int threads : {1, 2, 4}) {
      const Threads scope(threads);
      const Result r = run(c);
      if (threads == 1) first = r;
      CHECK(same_bits(r.y, first.y));
      CHECK(same_bits(r.dx, first.dx));
      CHECK(same_bits(r.dweight, first.dweight));
      CHECK(same_bits(r.dbias, first.dbias));
    }
  }
}

TEST_CASE("a value that is not finite spoils its own statistic and no other") {
  for (const Real bad :
       {std::numeric_limits<Real>::quiet_NaN(), std::numeric_limits<Real>::infinity()}) {
    Tensor x = numbers({4, 3, 5, 5}, "x");
    x.mutable_data()[30] = bad;  // sample 0, channel 1
    Moments m;
    const Tensor y = normalize(x, NormView::across(x.shape()), {}, {}, 1e-5, &m);
    CHECK(std::isfinite(m.mean[0]));
    CHECK(!std::isfinite(m.mean[1]));
    CHECK(std::isfinite(m.var[2]));
    CHECK(std::isfinite(y.data()[0]));
    CHECK(std::isnan(y.data()[25]));
    CHECK(std::isfinite(y.data()[50]));
  }
}

TEST_CASE("given statistics are used as they are, far from zero too") {
  const Tensor x = numbers({8, 2, 6, 6}, "x", 1e4, 1e-2f);
  const Tensor mean = Tensor::from({2}, {1e4f, 1e4f + 0.01f}),
               var = Tensor::from({2}, {1e-4f, 4e-4f});
  const Tensor y = normalize_with(x, NormView::across(x.shape()), mean, var, {}, {}, 1e-5);
  for (std::size_t i = 0; i < x.data().size(); ++i) {
    const std::size_t channel = i / 36 % 2;
    const double expected = (double{x.data()[i]} - double{mean.data()[channel]}) /
                            std::sqrt(double{var.data()[channel]} + 1e-5);
    REQUIRE(double{y.data()[i]} == doctest::Approx(expected).epsilon(1e-6));
  }
}

TEST_CASE("an empty batch stays empty") {
  const Tensor x({0, 3, 4, 4});
  CHECK(normalize(x, NormView::within(x.shape(), 3), {}, {}, 1e-5).shape() == x.shape());
  const Tensor one = Tensor::full({3}, 1);
  CHECK(normalize_with(x, NormView::across(x.shape()), one, one, one, one, 1e-5).shape() ==
        x.shape());
}

}  // namespace
}  // namespace ek
