// Convolutions beside the naive loops.
#pragma once

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
#include "evenkeel/core/base/conv_shape.h"
#include "evenkeel/core/base/pair.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/ops/conv.h"
#include "evenkeel/core/ops/elementwise.h"
#include "evenkeel/core/ops/random.h"
#include "evenkeel/core/ops/reduce.h"
#include "evenkeel/core/tensor/autograd.h"
#include "evenkeel/core/tensor/storage.h"
#include "evenkeel/core/tensor/tensor.h"
#include "tests/support/compare.h"
#include "tests/support/naive.h"
#include "tests/support/threads.h"

namespace ek {
namespace {

inline constexpr double kTolerance = 2e-5;

struct Config {
  Shape x, weight;
  Conv2dOptions options = {};

  std::string name() const {
    return text(x, " * ", weight, " stride ", options.stride, " padding ", options.padding.size,
                options.padding.same ? " same" : "", " dilation ", options.dilation, " groups ",
                options.groups, options.bias ? "" : " no bias");
  }
};

inline Tensor numbers(Shape shape, const char* name) {
  Tensor t(shape);
  fill_normal(t, 0, 1, Stream(31, name));
  return t;
}

struct Result {
  Tensor y, dx, dweight, dbias;
};

/// conv2d and the gradients of sum(y dy). `dy` gets y's shape.
inline Result run(const Config& c, Tensor& dy) {
  Tensor x = numbers(c.x, "x"), weight = numbers(c.weight, "weight"), bias;
  x.requires_grad(true);
  weight.requires_grad(true);
  if (c.options.bias) bias = numbers({c.weight[0]}, "bias").requires_grad(true);
  const Tensor y = conv2d(x, weight, bias, c.options);
  dy = numbers(y.shape(), "dy");
  sum(y * dy).backward();
  return {y.detach(), x.grad(), weight.grad(), bias ? bias.grad() : Tensor()};
}

/// Memory of these shapes that is handed out next holds NaN.
inline void poison(const Config& c, const Shape& y) {
  std::vector<Tensor> held;
  for (int copies = 0; copies < 3; ++copies)
    for (const Shape& shape : {c.x, c.weight, y, Shape{c.weight[0]}})
      held.push_back(Tensor::full(shape, std::numeric_limits<Real>::quiet_NaN()));
}

inline void check_config(const Config& c) {
  CAPTURE(c.name());
  Tensor dy;
  const Result r = run(c, dy);
  const naive::Conv expected =
      naive::conv2d(numbers(c.x, "x"), numbers(c.weight, "weight"),
                    c.options.bias ? numbers({c.weight[0]}, "bias") : Tensor(), c.options, dy);
  using Span = std::span<const double>;
  CHECK(relative_error(r.y.data(), Span(expected.y)) <= kTolerance);
  CHECK(relative_error(r.dx.data(), Span(expected.dx)) <= kTolerance);
  CHECK(relative_error(r.dweight.data(), Span(expected.dweight)) <= kTolerance);
  if (r.dbias) CHECK(relative_error(r.dbias.data(), Span(expected.dbias)) <= kTolerance);
  for (const int threads : {1, 2, 4}) {
    const Threads scope(threads);
    poison(c, r.y.shape());
    const Result again = run(c, dy);
    CHECK(same_bits(again.y, r.y));
    CHECK(same_bits(again.dx, r.dx));
    CHECK(same_bits(again.dweight, r.dweight));
    if (r.dbias) CHECK(same_bits(again.dbias, r.dbias));
  }
}

}  // namespace
}  // namespace ek
