// conv2d against the naive loop on many shapes, forward and all gradients; the same bits for any number of
// threads and whatever the memory held before.
#include "evenkeel/core/ops/conv.h"

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

constexpr double kTolerance = 2e-5;

struct Config {
  Shape x, weight;
  Conv2dOptions options = {};

  std::string name() const {
    return text(x, " * ", weight, " stride ", options.stride, " padding ", options.padding.size,
                options.padding.same ? " same" : "", " dilation ", options.dilation, " groups ",
                options.groups, options.bias ? "" : " no bias");
  }
};

Tensor numbers(Shape shape, const char* name) {
  Tensor t(shape);
  fill_normal(t, 0, 1, Stream(31, name));
  return t;
}

struct Result {
  Tensor y, dx, dweight, dbias;
};

/// conv2d and the gradients of sum(y dy). `dy` gets y's shape.
Result run(const Config& c, Tensor& dy) {
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
void poison(const Config& c, const Shape& y) {
  std::vector<Tensor> held;
  for (int copies = 0; copies < 3; ++copies)
    for (const Shape& shape : {c.x, c.weight, y, Shape{c.weight[0]}})
      held.push_back(Tensor::full(shape, std::numeric_limits<Real>::quiet_NaN()));
}

void check_config(const Config& c) {
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

TEST_CASE("the shapes of real networks") {
  for (const Config& c : std::vector<Config>{
           {{2, 3, 32, 32}, {64, 3, 3, 3}, {.padding = 1}},
           {{2, 64, 8, 8}, {64, 64, 3, 3}, {.padding = 1, .bias = false}},
           {{3, 16, 16, 16}, {32, 16, 3, 3}, {.stride = 2, .padding = 1, .bias = false}},
           {{3, 16, 16, 16}, {32, 16, 1, 1}, {.stride = 2, .bias = false}},
           {{2, 3, 32, 32}, {8, 3, 5, 5}, {.padding = 2}},
           {{2, 3, 40, 40}, {4, 3, 11, 11}, {.stride = 4, .padding = 2}},
           {{2, 32, 7, 7}, {32, 1, 3, 3}, {.padding = 1, .groups = 32}},
           {{2, 40, 6, 6}, {24, 40, 1, 1}, {}},
           {{9, 64, 4, 4}, {72, 64, 3, 3}, {.padding = 1}},
           {{1, 128, 2, 2}, {40, 128, 3, 3}, {.padding = 1}},
       })
    check_config(c);
}

TEST_CASE("odd sizes around what fits a vector or a tile") {
  for (const std::int64_t size : {1, 2, 3, 5, 7, 9, 15, 17, 33})
    check_config({{2, 5, size, 34 - size}, {7, 5, 3, 3}, {.padding = 1}});
  for (const std::int64_t channels : {1, 2, 15, 16, 17, 31, 33, 65})
    check_config({{2, channels, 6, 5}, {channels + 1, channels, 3, 3}, {.padding = 1}});
  for (const std::int64_t samples : {1, 7, 8, 9, 17})
    check_config({{samples, 4, 5, 6}, {6, 4, 3, 3}, {.padding = 1}});
}

/// A configuration whose kernel fits its image.
Config random_config(std::uint64_t number) {
  const Stream stream(77, number);
  std::uint64_t drawn = 0;
  auto pick = [&](std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(
                     stream.below(static_cast<std::uint64_t>(high - low + 1), drawn++));
  };
  const std::int64_t groups = pick(0, 2) == 0 ? pick(2, 3) : 1;
  const std::int64_t in = pick(1, 6), out = groups * pick(1, 6);
  const Pair kernel = {pick(1, 4), pick(1, 4)}, dilation = {pick(1, 2), pick(1, 2)};
  const Pair stride = {pick(1, 3), pick(1, 3)};
  const std::int64_t pad_h = pick(0, 2), pad_w = pick(0, 2);
  const std::int64_t height =
      std::max<std::int64_t>(1, dilation.h * (kernel.h - 1) + 1 - 2 * pad_h);
  const std::int64_t width = std::max<std::int64_t>(1, dilation.w * (kernel.w - 1) + 1 - 2 * pad_w);
  const Shape x = {pick(1, 4), groups * in, height + pick(0, 9), width + pick(0, 9)};
  return {x,
          {out, in, kernel.h, kernel.w},
          {.stride = stride,
           .padding = {pad_h, pad_w},
           .dilation = dilation,
           .groups = groups,
           .bias = pick(0, 1) == 1}};
}

TEST_CASE("any kernel, stride, padding, dilation and groups") {
  for (std::uint64_t i = 0; i < 80; ++i) check_config(random_config(i));
}

/// Free blocks of every size up to 64 KiB, or a little larger than asked for, hold NaN.
void poison_all_sizes() {
  release_cached_memory();
  std::vector<Tensor> held;
  for (std::int64_t numbers = 16; numbers < 16384;
       numbers += std::max<std::int64_t>(16, numbers / 16))
    for (int copies = 0; copies < 2; ++copies)
      held.push_back(Tensor::full({numbers}, std::numeric_limits<Real>::quiet_NaN()));
}

TEST_CASE("what memory holds behind the planes of a wide kernel takes no part") {
  for (const Config& c : std::vector<Config>{
           {{1, 8, 1, 40}, {4, 8, 1, 19}, {}},
           {{2, 8, 1, 40}, {4, 8, 1, 7}, {.dilation = 3}},
           {{1, 4, 21, 21}, {4, 4, 7, 7}, {.padding = 0, .dilation = 2}},
           {{1, 8, 3, 70}, {4, 8, 1, 33}, {.padding = {0, 5}}},
           {{1, 8, 3, 90}, {4, 8, 2, 60}, {.stride = {1, 2}}},
       }) {
    CAPTURE(c.name());
    Tensor dy;
    poison_all_sizes();
    const Result r = run(c, dy);
    const naive::Conv expected = naive::conv2d(numbers(c.x, "x"), numbers(c.weight, "weight"),
                                               numbers({c.weight[0]}, "bias"), c.options, dy);
    using Span = std::span<const double>;
    CHECK(relative_error(r.y.data(), Span(expected.y)) <= kTolerance);
    CHECK(relative_error(r.dx.data(), Span(expected.dx)) <= kTolerance);
    CHECK(relative_error(r.dweight.data(), Span(expected.dweight)) <= kTolerance);
  }
}

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
