// The plain loops beside the fast ways: results and all gradients.
#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "evenkeel/core/base/conv_shape.h"
#include "evenkeel/core/base/norm_view.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/ops/conv.h"
#include "evenkeel/core/ops/elementwise.h"
#include "evenkeel/core/ops/normalize.h"
#include "evenkeel/core/ops/plain_conv.h"
#include "evenkeel/core/ops/plain_normalize.h"
#include "evenkeel/core/ops/random.h"
#include "evenkeel/core/ops/reduce.h"
#include "evenkeel/core/tensor/tensor.h"
#include "tests/support/compare.h"

namespace ek {
namespace {

Tensor numbers(Shape shape, const std::string& name) {
  Tensor t(shape);
  fill_normal(t, Real(0.3), 1, Stream(77, name));
  return t;
}

using Op = std::function<Tensor(const std::vector<Tensor>& inputs)>;

/// y and the gradients of all inputs, for the same dy.
std::vector<Tensor> run(const Op& op, const std::vector<Tensor>& values) {
  std::vector<Tensor> inputs;
  for (const Tensor& value : values) inputs.push_back(value.clone().requires_grad(true));
  const Tensor y = op(inputs);
  sum(y * numbers(y.shape(), "dy")).backward();
  std::vector<Tensor> all = {y.detach()};
  for (const Tensor& input : inputs) all.push_back(input.grad());
  return all;
}

void check_alike(const Op& plain, const Op& fast, const std::vector<Tensor>& values,
                 double tolerance) {
  const std::vector<Tensor> a = run(plain, values), b = run(fast, values);
  for (std::size_t k = 0; k < a.size(); ++k) {
    CAPTURE(k);
    REQUIRE(a[k].shape() == b[k].shape());
    CHECK(relative_error(b[k], a[k]) <= tolerance);
  }
}

TEST_CASE("the plain convolution and the fast ways") {
  struct Case {
    Shape x, weight;
    Conv2dOptions options;
  };
  for (const Case& c :
       std::vector<Case>{{{2, 3, 9, 7}, {8, 3, 3, 3}, {.padding = 1}},
                         {{2, 32, 12, 12}, {32, 32, 3, 3}, {.padding = 1}},
                         {{3, 8, 18, 18}, {8, 8, 3, 3}, {.padding = 1}},
                         {{2, 4, 11, 10}, {6, 2, 3, 2}, {.stride = 2, .padding = 1, .groups = 2}},
                         {{1, 2, 9, 9}, {4, 2, 3, 3}, {.padding = 2, .dilation = 2}}}) {
    CAPTURE(c.weight);
    const ConvShape s = conv_shape(c.x, c.weight, c.options);
    check_alike([&](const auto& in) { return plain_conv2d(s, in[0], in[1], in[2]); },
                [&](const auto& in) { return conv2d(in[0], in[1], in[2], c.options); },
                {numbers(c.x, "x"), numbers(c.weight, "w"), numbers({c.weight[0]}, "b")}, 2e-5);
  }
}

TEST_CASE("the plain normalization and the fast one") {
  for (const Shape& x : {Shape{4, 6, 5, 3}, Shape{8, 6}, Shape{2, 6, 7}}) {
    for (const std::int64_t groups : {0, 1, 3, 6}) {
      CAPTURE(x);
      CAPTURE(groups);
      const NormView view = groups == 0 ? NormView::across(x) : NormView::within(x, groups);
      if (view.count() < 2) continue;
      const std::vector<Tensor> values = {numbers(x, "x"), numbers({6}, "w"), numbers({6}, "b")};
      check_alike(
          [&](const auto& in) {
            return plain_normalize(in[0], view, plain_moments(in[0], view), false, in[1], in[2],
                                   1e-5);
          },
          [&](const auto& in) { return normalize(in[0], view, in[1], in[2], 1e-5); }, values, 1e-5);
    }
  }
}

TEST_CASE("constant moments are constants to both") {
  const Shape x = {4, 6, 5, 3};
  const NormView view = NormView::across(x);
  const Tensor mean = numbers({6}, "mean"), var = Tensor::full({6}, Real(0.7));
  const Moments given = {{mean.data().begin(), mean.data().end()},
                         {var.data().begin(), var.data().end()}};
  check_alike(
      [&](const auto& in) { return plain_normalize(in[0], view, given, true, in[1], in[2], 1e-5); },
      [&](const auto& in) { return normalize_with(in[0], view, mean, var, in[1], in[2], 1e-5); },
      {numbers(x, "x"), numbers({6}, "w"), numbers({6}, "b")}, 1e-5);
}

}  // namespace
}  // namespace ek
