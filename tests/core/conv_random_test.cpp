// conv2d and its gradients on shapes drawn at random, against the naive loop in double: odd sizes and kernels, strides,
// dilations and paddings that differ by axis, channels that fill no vector, tall images that are done in several bands.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/base/conv_shape.h"
#include "evenkeel/core/base/pair.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/ops/conv.h"
#include "evenkeel/core/ops/elementwise.h"
#include "evenkeel/core/ops/random.h"
#include "evenkeel/core/ops/reduce.h"
#include "evenkeel/core/tensor/autograd.h"
#include "evenkeel/core/tensor/tensor.h"
#include "tests/support/compare.h"
#include "tests/support/naive.h"
#include "tests/support/threads.h"

namespace ek {
namespace {

// Of the largest value. Measured, on any table: the direct way and implicit GEMM 1.2e-6 at most, Winograd's (3x3) 8.3e-6.
constexpr double kDirect = 2e-6, kWinograd = 1e-5;

struct Config {
  Shape x, weight;
  Conv2dOptions options;
};

/// Draws whole numbers one after another.
class Draw {
 public:
  explicit Draw(std::uint64_t number) : stream_(78, number) {}
  std::int64_t operator()(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(
                     stream_.below(static_cast<std::uint64_t>(high - low + 1), drawn_++));
  }

 private:
  Stream stream_;
  std::uint64_t drawn_ = 0;
};

/// Multiply-adds of a configuration, from above.
std::int64_t cost(const Config& c) {
  return c.x[0] * c.x[2] * c.x[3] * c.weight.numel() / (c.options.stride.h * c.options.stride.w);
}

Config random_config(std::uint64_t number) {
  constexpr Pair kKernels[] = {1, {5, 3}, {2, 4}, 7, 3, {1, 7}};
  Draw pick(number);
  const Pair kernel = kKernels[number % std::size(kKernels)];
  const Pair stride = {pick(1, 3), pick(1, 3)}, dilation = {pick(1, 3), pick(1, 3)};
  const Pair reach = {dilation.h * (kernel.h - 1) + 1, dilation.w * (kernel.w - 1) + 1};
  const Pair padding = {pick(0, 1) * pick(0, reach.h + 2), pick(0, 1) * pick(0, reach.w + 2)};
  const std::int64_t groups = pick(0, 2) == 0 ? pick(2, 4) : 1;
  const std::int64_t in = pick(1, 40 / groups), out = groups * pick(1, 40 / groups);
  const bool tall = pick(0, 3) == 0;
  Config c = {
      {pick(1, 9), groups * in, std::max<std::int64_t>(1, reach.h - 2 * padding.h) + pick(0, 12),
       std::max<std::int64_t>(1, reach.w - 2 * padding.w) + pick(0, 25)},
      {out, in, kernel.h, kernel.w},
      {.stride = stride,
       .padding = {padding.h, padding.w},
       .dilation = dilation,
       .groups = groups,
       .bias = pick(0, 1) == 1}};
  if (tall) c.x = {c.x[0], c.x[1], c.x[2] + pick(60, 150), c.x[3]};
  while (cost(c) > 1'000'000 && c.x[0] > 1) c.x = {c.x[0] / 2, c.x[1], c.x[2], c.x[3]};
  while (cost(c) > 1'000'000 && c.weight[0] > groups)
    c.weight = {c.weight[0] - groups, in, kernel.h, kernel.w};
  return c;
}

Tensor numbers(Shape shape, const char* name) {
  Tensor t(shape);
  fill_normal(t, 0, 1, Stream(32, name));
  return t;
}

struct Result {
  Tensor y, dx, dweight, dbias, dy;
};

Result run(const Config& c) {
  const Tensor x = numbers(c.x, "x").requires_grad(true),
               weight = numbers(c.weight, "weight").requires_grad(true);
  const Tensor bias =
      c.options.bias ? numbers({c.weight[0]}, "bias").requires_grad(true) : Tensor();
  const Tensor y = conv2d(x, weight, bias, c.options), dy = numbers(y.shape(), "dy");
  sum(y * dy).backward();
  return {y.detach(), x.grad(), weight.grad(), bias ? bias.grad() : Tensor(), dy};
}

void check_config(const Config& c) {
  CAPTURE(text(c.x, " * ", c.weight, " stride ", c.options.stride, " padding ",
               c.options.padding.size, " dilation ", c.options.dilation, " groups ",
               c.options.groups));
  const Result r = run(c);
  const naive::Conv expected =
      naive::conv2d(numbers(c.x, "x"), numbers(c.weight, "weight"),
                    c.options.bias ? numbers({c.weight[0]}, "bias") : Tensor(), c.options, r.dy);
  auto error = [](const Tensor& actual, const naive::Values& values) {
    return relative_error(actual.data(), std::span<const double>(values));
  };
  const bool winograd = c.weight[2] == 3 && c.weight[3] == 3 && c.weight[0] % 16 == 0 &&
                        c.weight[1] % 16 == 0 && c.options.stride == Pair(1);
  const double tolerance = winograd ? kWinograd : kDirect;
  CHECK(error(r.y, expected.y) <= tolerance);
  CHECK(error(r.dx, expected.dx) <= tolerance);
  CHECK(error(r.dweight, expected.dweight) <= tolerance);
  if (r.dbias) CHECK(error(r.dbias, expected.dbias) <= kDirect);
  for (const int threads : {1, 3}) {
    const Threads scope(threads);
    const Result again = run(c);
    CHECK((same_bits(again.y, r.y) && same_bits(again.dx, r.dx) &&
           same_bits(again.dweight, r.dweight)));
  }
}

TEST_CASE("72 draws of every kind") {
  for (std::uint64_t i = 0; i < 72; ++i) check_config(random_config(i));
}

// Enough channels that the planes of few rows fill the cache: bands of several rows, the last one short.
TEST_CASE("tall images in bands of several rows") {
  for (const Config& c :
       std::vector<Config>{{{1, 40, 131, 9}, {2, 40, 3, 3}, {.padding = 1}},
                           {{16, 20, 47, 40}, {1, 20, 3, 3}, {.padding = 1}},
                           {{17, 12, 61, 33}, {2, 12, 2, 4}, {.stride = {2, 1}, .padding = {5, 0}}},
                           {{4, 32, 67, 21}, {8, 8, 5, 3}, {.stride = {1, 2}, .groups = 4}},
                           {{1, 3, 150, 150}, {9, 3, 3, 3}, {.stride = 3, .dilation = 3}}})
    check_config(c);
}

// More images and bands than chunks of them: buffers serve several, with other biases and other borders.
TEST_CASE("many images and bands") {
  for (const Config& c : std::vector<Config>{
           {{40, 6, 9, 7}, {6, 3, 3, 3}, {.stride = 2, .padding = 1, .groups = 2}},
           {{40, 6, 9, 7}, {6, 3, 3, 3}, {.padding = 1, .groups = 2}},
           {{3, 128, 131, 20}, {1, 128, 3, 3}, {.padding = 1}},
           {{1, 64, 133, 130}, {1, 64, 3, 3}, {.stride = {2, 1}, .padding = 1, .bias = false}},
           {{1, 64, 133, 130}, {1, 64, 3, 3}, {.stride = 2, .padding = {1, 2}}}})
    check_config(c);
}

TEST_CASE("strides larger than the image and the kernel") {
  for (const Config& c :
       std::vector<Config>{{{2, 4, 2, 1}, {6, 4, 1, 1}, {.stride = {3, 4}}},
                           {{1, 3, 1, 2}, {4, 3, 5, 5}, {.stride = {4, 3}, .padding = 2}},
                           {{2, 2, 7, 9}, {4, 1, 2, 1}, {.stride = {3, 5}, .groups = 2}}})
    check_config(c);
}

// 3x3 with stride 1: by Winograd's way, or with EVENKEEL_WINOGRAD=0 directly.
TEST_CASE("3x3 with 32 channels and more") {
  for (const Config& c :
       std::vector<Config>{{{3, 32, 13, 11}, {32, 32, 3, 3}, {.padding = 1}},
                           {{5, 64, 9, 6}, {80, 64, 3, 3}, {.padding = {0, 2}}},
                           {{1, 96, 21, 5}, {64, 96, 3, 3}, {.padding = {4, 3}}},
                           {{9, 48, 4, 4}, {64, 48, 3, 3}, {.padding = 1, .bias = false}}})
    check_config(c);
}

}  // namespace
}  // namespace ek
