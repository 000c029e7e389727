// How far Winograd's convolution and the direct one are from the sums in double, as a part of the largest value. README
// states the numbers.
#include "evenkeel/core/fast/winograd.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "evenkeel/core/base/conv_shape.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/fast/channels_last.h"
#include "evenkeel/core/fast/direct_conv.h"
#include "evenkeel/core/fast/implicit_gemm.h"
#include "evenkeel/core/fast/implicit_gemm_weight.h"
#include "evenkeel/core/fast/row_winograd.h"
#include "evenkeel/core/ops/random.h"
#include "evenkeel/core/tensor/tensor.h"
#include "tests/support/compare.h"
#include "tests/support/naive.h"
#include "tests/support/op_table.h"

namespace ek {
namespace {

/// The errors of y, dx and dweight.
struct Errors {
  double y, dx, dweight;
};

struct Case {
  std::int64_t samples, in, out, size;
  Errors winograd, plain;  // measured; plain: the direct way, and for dweight products of matrices
};

/// For the way along the rows, of other shapes.
struct RowCase {
  Shape x, weight;
  Padding padding;
  double y, dx;  // measured
};

// Measured: the largest of all tables of kernels.
const std::vector<Case> kCases = {
    {4, 16, 16, 32, {3.8e-6, 3.6e-6, 5.5e-6}, {4.9e-7, 4.7e-7, 2.5e-7}},
    {1, 32, 32, 16, {4.2e-6, 3.9e-6, 3.1e-6}, {7.9e-7, 6.3e-7, 2.0e-7}},
    {1, 64, 64, 32, {6.3e-6, 7.8e-6, 5.4e-6}, {1.2e-6, 8.4e-7, 2.1e-7}},
    {1, 256, 256, 8, {1.1e-5, 1.3e-5, 4.0e-6}, {1.7e-6, 2.0e-6, 2.9e-7}},
    {1, 512, 128, 4, {1.9e-5, 9.4e-6, 4.4e-6}, {1.7e-6, 1.4e-6, 1.5e-7}},
};

const std::vector<RowCase> kRowCases = {
    {{4, 16, 32, 32}, {16, 16, 3, 3}, 1, 1.8e-6, 1.5e-6},
    {{2, 40, 16, 16}, {24, 40, 3, 3}, 1, 1.6e-6, 1.7e-6},
    {{3, 9, 13, 16}, {11, 9, 3, 5}, {1, 2}, 1.2e-6, 1.3e-6},
    {{1, 8, 6, 50}, {70, 8, 3, 2}, {2, 0}, 1.2e-6, 1.6e-6},
    {{9, 12, 3, 33}, {8, 12, 3, 3}, 0, 2.9e-7, 3.7e-7},
    {{1, 64, 90, 17}, {8, 64, 3, 1}, {0, 0}, 1.4e-6, 7.5e-7},
    {{16, 8, 18, 16},
     {8, 8, 3, 3},
     1,
     8.6e-7,
     8.7e-7},  // five groups of an image, four of them in one step
};

Tensor numbers(Shape shape, const char* name) {
  Tensor t(shape);
  fill_normal(t, 0, 1, Stream(33, name));
  return t;
}

/// Another order of the same sums may round by a fifth more or less.
void check_errors(const Errors& found, const Errors& measured) {
  CHECK(found.y <= 1.2 * measured.y);
  CHECK(found.dx <= 1.2 * measured.dx);
  CHECK(found.dweight <= 1.2 * measured.dweight);
}

/// One convolution, its tensors and the sums in double.
struct Sums {
  Tensor x, weight, dy;
  ConvShape s;
  naive::Conv expected;
  Tensor y, dx, dweight;

  Sums(Shape x_shape, Shape weight_shape, Padding padding)
      : x(numbers(x_shape, "x")),
        weight(numbers(weight_shape, "weight")),
        s(conv_shape(x_shape, weight_shape, {.padding = padding})),
        y({s.samples, s.out_channels, s.out_height, s.out_width}),
        dx(x_shape),
        dweight(Tensor::zeros(weight_shape)) {
    dy = numbers(y.shape(), "dy");
    expected = naive::conv2d(x, weight, {}, {.padding = padding}, dy);
  }
  Errors errors() const {
    auto error = [](const Tensor& actual, const naive::Values& values) {
      return relative_error(actual.data(), std::span<const double>(values));
    };
    return Errors{error(y, expected.y), error(dx, expected.dx), error(dweight, expected.dweight)};
  }
};

TEST_CASE("the errors of 3x3 convolutions are what they were measured to be") {
  for (const Case& c : kCases) {
    CAPTURE(c.in);
    CAPTURE(c.size);
    Sums t({c.samples, c.in, c.size, c.size}, {c.out, c.in, 3, 3}, 1);
    winograd_forward(t.s, t.x.data().data(), t.weight, {}, t.y.mutable_data().data());
    winograd_forward(mirrored(t.s), t.dy.data().data(), mirrored(t.weight), {},
                     t.dx.mutable_data().data());
    winograd_weight_gradient(t.s, t.x, t.dy, t.dweight);
    check_errors(t.errors(), c.winograd);
    direct_forward(t.s, t.x.data().data(), t.weight, {}, t.y.mutable_data().data());
    direct_forward(mirrored(t.s), t.dy.data().data(), mirrored(t.weight), {},
                   t.dx.mutable_data().data());
    implicit_gemm_weight_gradient(t.s, t.x, t.dy, t.dweight, {});
    check_errors(t.errors(), c.plain);
  }
}

TEST_CASE("the errors of the way along the rows are what they were measured to be") {
  for (const RowCase& c : kRowCases) {
    CAPTURE(c.x);
    CAPTURE(c.weight);
    Sums t(c.x, c.weight, c.padding);
    row_winograd_forward(t.s, t.x.data().data(), t.weight, {}, t.y.mutable_data().data());
    row_winograd_forward(mirrored(t.s), t.dy.data().data(), mirrored(t.weight), {},
                         t.dx.mutable_data().data());
    check_errors(t.errors(), {c.y, c.dx, 1});  // its dweight is another way's
  }
}

TEST_CASE("the way along the rows adds a bias, and cuts off below 0") {
  const Sums t({2, 16, 6, 20}, {10, 16, 3, 3}, 1);
  const Tensor bias = numbers({10}, "bias");
  Tensor plain(t.y.shape()), biased(t.y.shape()), positive(t.y.shape());
  row_winograd_forward(t.s, t.x.data().data(), t.weight, {}, plain.mutable_data().data());
  row_winograd_forward(t.s, t.x.data().data(), t.weight, {bias}, biased.mutable_data().data());
  row_winograd_forward(t.s, t.x.data().data(), t.weight,
                       {.bias = bias, .residual = {}, .relu = true},
                       positive.mutable_data().data());
  const std::size_t map = 6 * 20;
  for (std::size_t i = 0; i < biased.data().size(); ++i) {
    REQUIRE(biased.data()[i] == plain.data()[i] + bias.data()[i / map % 10]);
    REQUIRE(positive.data()[i] == std::max(biased.data()[i], Real(0)));
  }
}

}  // namespace
}  // namespace ek
