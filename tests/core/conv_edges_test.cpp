// Convolutions at the edges: padding by name, empty images, what is not wanted, what is not finite.
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
#include "tests/core/conv_support.h"
#include "tests/support/compare.h"
#include "tests/support/naive.h"
#include "tests/support/threads.h"

namespace ek {
namespace {

/// x with rows and columns of zeros around it.
Tensor padded(const Tensor& x, std::int64_t top, std::int64_t bottom, std::int64_t left,
              std::int64_t right) {
  const std::int64_t h = x.dim(2), w = x.dim(3), width = w + left + right;
  Tensor y = Tensor::zeros({x.dim(0), x.dim(1), h + top + bottom, width});
  for (std::int64_t map = 0; map < x.dim(0) * x.dim(1); ++map)
    for (std::int64_t i = 0; i < h; ++i)
      std::copy_n(x.data().data() + (map * h + i) * w, w,
                  y.mutable_data().data() + (map * (h + top + bottom) + i + top) * width + left);
  return y;
}

TEST_CASE("\"same\" keeps the size; an odd row or column goes to the bottom or right") {
  const Tensor x = numbers({2, 3, 7, 9}, "x");
  for (const Pair kernel : {Pair(1), Pair(3), Pair(2), Pair(4), Pair(2, 5)})
    for (const Pair dilation : {Pair(1), Pair(2), Pair(1, 3)}) {
      const Tensor weight = numbers({4, 3, kernel.h, kernel.w}, "weight");
      const Tensor same = conv2d(x, weight, {}, {.padding = "same", .dilation = dilation});
      CHECK(same.shape() == Shape{2, 4, 7, 9});
      const std::int64_t h = dilation.h * (kernel.h - 1), w = dilation.w * (kernel.w - 1);
      const Tensor around = padded(x, h / 2, h - h / 2, w / 2, w - w / 2);
      const naive::Conv expected = naive::conv2d(around, weight, {}, {.dilation = dilation});
      CHECK(relative_error(same.data(), std::span<const double>(expected.y)) <= kTolerance);
    }
}

TEST_CASE("\"valid\" is no padding") {
  const Tensor x = numbers({1, 2, 5, 5}, "x"), weight = numbers({2, 2, 3, 3}, "weight");
  CHECK(same_bits(conv2d(x, weight, {}, {.padding = "valid"}), conv2d(x, weight)));
}

TEST_CASE("an empty batch gives an empty result and zero gradients") {
  Tensor dy;
  const Result r = run({{0, 3, 8, 8}, {4, 3, 3, 3}, {.padding = 1}}, dy);
  CHECK(r.y.shape() == Shape{0, 4, 8, 8});
  CHECK(r.dx.shape() == Shape{0, 3, 8, 8});
  CHECK(same_bits(r.dweight, Tensor::zeros({4, 3, 3, 3})));
  CHECK(same_bits(r.dbias, Tensor::zeros({4})));
  const Result strided = run({{0, 4, 8, 8}, {4, 2, 3, 3}, {.stride = 2, .groups = 2}}, dy);
  CHECK(strided.y.shape() == Shape{0, 4, 3, 3});
  CHECK(same_bits(strided.dweight, Tensor::zeros({4, 2, 3, 3})));
  const Result winograd = run({{0, 32, 8, 8}, {32, 32, 3, 3}, {.padding = 1}}, dy);
  CHECK(winograd.y.shape() == Shape{0, 32, 8, 8});
  CHECK(same_bits(winograd.dweight, Tensor::zeros({32, 32, 3, 3})));
}

TEST_CASE("images without pixels, which padding makes large enough, have an empty gradient") {
  Tensor dy;
  CHECK(run({{1, 1, 0, 3}, {1, 1, 2, 2}, {.padding = 1}}, dy).dx.shape() == Shape{1, 1, 0, 3});
  const Result winograd = run({{1, 32, 0, 8}, {32, 32, 3, 3}, {.padding = 2}}, dy);
  CHECK(winograd.dx.shape() == Shape{1, 32, 0, 8});
  CHECK(same_bits(winograd.dweight, Tensor::zeros({32, 32, 3, 3})));
  const Tensor bias = numbers({32}, "bias"), weight = numbers({32, 32, 3, 3}, "weight");
  const Tensor y = conv2d(Tensor({1, 32, 0, 8}), weight, bias, {.padding = 2});
  for (std::int64_t i = 0; i < y.numel(); ++i)
    REQUIRE(y.data()[static_cast<std::size_t>(i)] ==
            bias.data()[static_cast<std::size_t>(i / (y.numel() / 32))]);
}

TEST_CASE("channels there must be") {
  const Tensor none({1, 0, 8, 8}), weight({4, 0, 3, 3});
  CHECK_THROWS_WITH(conv2d(none, weight), "conv2d: empty kernel in weight [4, 0, 3, 3]");
}

TEST_CASE("only the gradients that are wanted are computed, with the same bits") {
  const Config c = {{3, 4, 6, 6}, {8, 4, 3, 3}, {.padding = 1}};
  Tensor dy;
  const Result all = run(c, dy);
  for (int wanted = 0; wanted < 3; ++wanted) {
    std::vector<Tensor> in = {numbers(c.x, "x"), numbers(c.weight, "weight"), numbers({8}, "bias")};
    in[static_cast<std::size_t>(wanted)].requires_grad(true);
    sum(conv2d(in[0], in[1], in[2], c.options) * dy).backward();
    const Tensor expected[] = {all.dx, all.dweight, all.dbias};
    for (std::size_t i = 0; i < 3; ++i) {
      CHECK(bool(in[i].grad()) == (static_cast<int>(i) == wanted));
      if (in[i].grad()) CHECK(same_bits(in[i].grad(), expected[i]));
    }
  }
}

TEST_CASE("NaN and infinity stay where the kernel reaches") {
  Tensor x = Tensor::full({1, 1, 9, 9}, 1);
  x.mutable_data()[4 * 9 + 4] = std::numeric_limits<Real>::quiet_NaN();
  const Tensor y = conv2d(x, Tensor::full({1, 1, 3, 3}, 1), {}, {.padding = 1});
  for (std::int64_t i = 0; i < 9; ++i)
    for (std::int64_t j = 0; j < 9; ++j) {
      const bool reached = i >= 3 && i <= 5 && j >= 3 && j <= 5;
      CHECK(std::isnan(y.data()[static_cast<std::size_t>(i * 9 + j)]) == reached);
    }
}

TEST_CASE("Pair and Padding print and compare") {
  CHECK(text(Pair(3)) == "3");
  CHECK(text(Pair(3, 5)) == "(3, 5)");
  CHECK(Pair(2) == Pair(2, 2));
  CHECK(Padding("same").same);
  CHECK(!Padding("valid").same);
  CHECK(Padding(2).size == Pair(2));
  CHECK(Padding(1, 2).size == Pair(1, 2));
}

TEST_CASE(
    "a gradient that the input has from elsewhere is added to the convolution's, in the same "
    "bits") {
  for (const std::int64_t channels : {16, 32, 5}) {  // by Winograd's ways, and the direct one
    CAPTURE(channels);
    auto gradient = [&](bool conv, bool other) {
      Tensor x = numbers({2, channels, 6, 18}, "x"),
             weight = numbers({channels, channels, 3, 3}, "weight");
      x.requires_grad(true);
      Tensor total = Tensor::zeros({});
      const Tensor h = x + Real(0);  // no leaf: the sum is then the gradient of another op's result
      if (other) total = total + sum(h * numbers(x.shape(), "other"));
      if (conv)
        total = total + sum(conv2d(h, weight, {}, {.padding = 1}) * numbers(x.shape(), "dy"));
      total.backward();
      return x.grad();
    };
    CHECK(same_bits(gradient(true, true), gradient(true, false) + gradient(false, true)));
  }
  CHECK(live_nodes() == 0);
}

}  // namespace
}  // namespace ek
