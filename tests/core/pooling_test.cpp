// max_pool2d where the windows lie side by side and where they do not: plain loops, bit for bit, with ties, NaN and
// infinities as in PyTorch, and no gradient behind the last window.
#include "evenkeel/core/ops/pooling.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "evenkeel/core/base/pair.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/ops/elementwise.h"
#include "evenkeel/core/ops/pool_windows.h"
#include "evenkeel/core/ops/random.h"
#include "evenkeel/core/ops/reduce.h"
#include "evenkeel/core/tensor/autograd.h"
#include "evenkeel/core/tensor/tensor.h"
#include "tests/support/compare.h"
#include "tests/support/threads.h"

namespace ek {
namespace {

constexpr Real kNan = std::numeric_limits<Real>::quiet_NaN();
constexpr Real kInf = std::numeric_limits<Real>::infinity();

struct Result {
  Tensor y, dx;
};

/// Whole numbers from -2 to 2, so with many ties, and where `specials`, some NaN and infinities.
Tensor numbers(Shape shape, const char* name, bool specials = false) {
  constexpr Real kSpecial[] = {kNan, kInf, -kInf, -kInf};
  const Stream s(34, name);
  Tensor t(shape);
  for (std::size_t i = 0; i < t.data().size(); ++i) {
    t.mutable_data()[i] = static_cast<Real>(s.below(5, 3 * i)) - 2;
    if (specials && s.below(6, 3 * i + 1) == 0)
      t.mutable_data()[i] = kSpecial[s.below(4, 3 * i + 2)];
  }
  return t;
}

/// Of which sums depend on the order.
Tensor gradient(Shape shape) {
  const Stream s(35, "dy");
  Tensor t(shape);
  for (std::size_t i = 0; i < t.data().size(); ++i)
    t.mutable_data()[i] = static_cast<Real>(s.normal(i));
  return t;
}

/// y, and the gradient of sum(y dy).
Result run(const Tensor& values, Pair kernel, const PoolOptions& options) {
  const Tensor x = values.clone().requires_grad(true);
  const Tensor y = max_pool2d(x, kernel, options);
  sum(y * gradient(y.shape())).backward();
  return {y.detach(), x.grad()};
}

/// The same by plain loops. Of equal values the first wins, of NaN the last.
Result naive(const Tensor& x, Pair kernel, Pair stride, Pair padding) {
  const std::int64_t height = x.dim(2), width = x.dim(3);
  const std::int64_t rows = (height + 2 * padding.h - kernel.h) / stride.h + 1;
  const std::int64_t columns = (width + 2 * padding.w - kernel.w) / stride.w + 1;
  Result r = {Tensor({x.dim(0), x.dim(1), rows, columns}), Tensor::zeros(x.shape())};
  const Tensor dy = gradient(r.y.shape());
  std::size_t to = 0;
  for (std::int64_t map = 0; map < x.dim(0) * x.dim(1); ++map)
    for (std::int64_t i = 0; i < rows; ++i)
      for (std::int64_t j = 0; j < columns; ++j, ++to) {
        std::int64_t best = -1;
        for (std::int64_t u = 0; u < kernel.h; ++u)
          for (std::int64_t v = 0; v < kernel.w; ++v) {
            const std::int64_t row = i * stride.h + u - padding.h,
                               column = j * stride.w + v - padding.w;
            if (row < 0 || row >= height || column < 0 || column >= width) continue;
            const std::int64_t place = (map * height + row) * width + column;
            const Real value = x.data()[static_cast<std::size_t>(place)];
            if (best < 0 || value > x.data()[static_cast<std::size_t>(best)] || value != value)
              best = place;
          }
        r.y.mutable_data()[to] = x.data()[static_cast<std::size_t>(best)];
        r.dx.mutable_data()[static_cast<std::size_t>(best)] += dy.data()[to];
      }
  return r;
}

void check_pool(const Tensor& x, Pair kernel, Pair stride, Pair padding) {
  CAPTURE(x.shape());
  CAPTURE(kernel);
  CAPTURE(stride);
  const Result expected = naive(x, kernel, stride, padding);
  for (const int threads : {1, 3}) {
    const Threads scope(threads);
    Tensor::full(x.shape(), kNan);  // memory that is handed out next holds NaN
    const Result r = run(x, kernel, {.stride = stride, .padding = padding});
    CHECK(same_bits(r.y, expected.y));
    CHECK(relative_error(r.dx, expected.dx) == 0);
  }
}

TEST_CASE("windows side by side, images that they do not fill") {
  for (const std::int64_t size : {1, 2, 3, 4, 5})
    for (const std::int64_t more : {0, 1, 3})
      for (const std::int64_t windows : {1, 2, 9, 17, 33})
        for (const bool specials : {false, true})
          check_pool(numbers({2, 3, 2 * size + more % size, windows * size + (more + 1) % size},
                             "x", specials),
                     size, size, 0);
  check_pool(numbers({1, 64, 66, 67}, "x", true), 2, 2, 0);  // several chunks of rows
}

TEST_CASE("windows that overlap, leave gaps or reach over the border") {
  for (const bool specials : {false, true})
    for (const std::int64_t size : {2, 3, 4, 5})
      for (const Pair stride : {Pair(1), Pair(2), Pair(3), Pair(7), Pair(2, 1)})
        for (const Pair padding : {Pair(0), Pair(1), Pair(size / 2, 0)})
          check_pool(numbers({2, 3, 9, 12}, "x", specials), size, stride, padding);
}

TEST_CASE("windows of as many values as a place can number, and whole maps") {
  check_pool(numbers({1, 2, 258, 261}, "x", true), Pair(256), Pair(1, 3), 0);
  check_pool(numbers({1, 1, 2, 32770}, "x", true), Pair(2, 32768), 1, 0);
  check_pool(numbers({37, 5, 6, 7}, "x", true), Pair(6, 7), Pair(6, 7), 0);
  CHECK_THROWS_WITH(
      max_pool2d(Tensor({1, 1, 257, 256}), Pair(257, 256)),
      "max_pool2d: a kernel has at most 65536 values, got (257, 256); pool in several steps");
  CHECK_THROWS_WITH(
      max_pool2d(Tensor({1, 1, 8, 8}), Pair(1LL << 32), {.padding = Pair(1LL << 31)}),
      "max_pool2d: a kernel has at most 65536 values, got 4294967296; pool in several steps");
}

TEST_CASE("images without pixels have no windows, whatever the padding") {
  CHECK_THROWS_WITH(max_pool2d(Tensor({1, 1, 0, 64}), 2, {.padding = 1}),
                    "max_pool2d: expected an input [N, C, H, W], got [1, 1, 0, 64]");
}

// With one row of windows, its distance to the next makes no difference but that of the path that is taken.
TEST_CASE("both paths give the same bits") {
  for (const std::int64_t size : {2, 3, 4, 5})
    for (const std::int64_t behind : {0, 1})
      for (const bool specials : {false, true}) {
        const Tensor x = numbers({3, 2, size + behind, 7 * size + behind}, "x", specials);
        const Result side = run(x, size, {}),
                     general = run(x, size, {.stride = Pair(size + 5, size)});
        CHECK(same_bits(side.y, general.y));
        CHECK(relative_error(side.dx, general.dx) == 0);
      }
}

TEST_CASE(
    "in one window: the first of equal values, the last NaN, the first of nothing but -infinity") {
  for (const Pair stride : {Pair(2), Pair(3, 2)}) {  // side by side, and not
    auto gradient = [&](std::vector<Real> values) {
      Tensor x = Tensor({1, 1, 2, 2});
      std::copy(values.begin(), values.end(), x.mutable_data().begin());
      x.requires_grad(true);
      sum(max_pool2d(x, 2, {.stride = stride})).backward();
      return std::vector<Real>(x.grad().data().begin(), x.grad().data().end());
    };
    CHECK(gradient({1, 3, 3, 3}) == std::vector<Real>{0, 1, 0, 0});
    CHECK(gradient({0, -Real(0), 0, 0}) == std::vector<Real>{1, 0, 0, 0});
    CHECK(gradient({kNan, kInf, 1, kNan}) == std::vector<Real>{0, 0, 0, 1});
    CHECK(gradient({kInf, kNan, kInf, 1}) == std::vector<Real>{0, 1, 0, 0});
    CHECK(gradient({-kInf, -kInf, -kInf, -kInf}) == std::vector<Real>{1, 0, 0, 0});
  }
}

}  // namespace
}  // namespace ek
