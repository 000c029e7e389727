// Sizes near the limits of 64 bits: what cannot be is refused with its numbers, what can be is computed, and nothing hangs.
#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <new>
#include <stdexcept>
#include <vector>

#include "evenkeel/core/base/checked.h"
#include "evenkeel/core/base/norm_view.h"
#include "evenkeel/core/base/pair.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/fast/gemm.h"
#include "evenkeel/core/machine/parallel.h"
#include "evenkeel/core/ops/conv.h"
#include "evenkeel/core/ops/matmul.h"
#include "evenkeel/core/ops/normalize.h"
#include "evenkeel/core/ops/pooling.h"
#include "evenkeel/core/ops/random.h"
#include "evenkeel/core/ops/reduce.h"
#include "evenkeel/core/ops/reshape.h"
#include "evenkeel/core/tensor/autograd.h"
#include "evenkeel/core/tensor/storage.h"
#include "evenkeel/core/tensor/tensor.h"
#include "tests/support/compare.h"
#include "tests/support/threads.h"

namespace ek {
namespace {

#define CHECK_REFUSED(expression, message) \
  CHECK_THROWS_WITH_AS((void)(expression), message, std::invalid_argument)

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t power(int exponent) { return std::int64_t{1} << exponent; }

Tensor numbers(Shape shape) {
  Tensor t(shape);
  fill_normal(t, 0, 1, Stream(9));
  return t;
}

TEST_CASE("checked arithmetic") {
  constexpr CheckedSizes sizes{"op"};
  CHECK(sizes.add(kMost - 1, 1) == kMost);
  CHECK(sizes.subtract(-2, kMost - 1) == -kMost - 1);
  CHECK(sizes.multiply(power(31), power(31)) == power(62));
  CHECK_REFUSED(sizes.add(kMost, 2), "op: a size of 9223372036854775807 + 2 is too large");
  CHECK_REFUSED(sizes.subtract(-3, kMost), "op: a size of -3 - 9223372036854775807 is too large");
  CHECK_REFUSED(sizes.multiply(power(62), 3), "op: a size of 4611686018427387904 x 3 is too large");
  CHECK(capped_product(power(40), power(40)) == kMost);
  CHECK(capped_product(0, kMost) == 0);
  CHECK(ceil_div(kMost, kMost) == 1);
  CHECK(ceil_div(1, kMost) == 1);
  CHECK(ceil_div(0, kMost) == 0);
  CHECK(ceil_div(7, 2) == 4);
}

TEST_CASE("shapes: an axis without elements does not hide that the others are too large") {
  CHECK_REFUSED(Shape({power(40), power(40), 0}),
                doctest::Contains("shape: too many elements in [1099511627776"));
  CHECK_REFUSED(Shape({0, kMost}), doctest::Contains("too many elements"));
  CHECK(Shape({0, power(50)}).product(1, 2) == power(50));
  CHECK_REFUSED(Shape({2, power(40)}).with(0, power(40)), doctest::Contains("too many elements"));
  CHECK_REFUSED(Shape({2, 3}).with(0, -1), "shape: sizes must not be negative, found [-1, 3]");
  CHECK_THROWS_AS(Storage(-1), std::invalid_argument);
  CHECK_THROWS_AS(Storage(power(62)), std::invalid_argument);
}

TEST_CASE("conv2d: sizes that cannot be are named") {
  const Tensor x = numbers({1, 1, 5, 5}), w = numbers({1, 1, 3, 3});
  CHECK_REFUSED(conv2d(x, w, {}, {.dilation = power(62)}),
                "conv2d: a size of 4611686018427387904 x 2 is too large");
  CHECK_REFUSED(conv2d(x, w, {}, {.padding = power(62)}),
                "conv2d: a size of 2 x 4611686018427387904 is too large");
  CHECK_REFUSED(conv2d(x, w, {}, {.padding = kMost / 2}),
                doctest::Contains("conv2d: a size of 5 + "));
  CHECK_REFUSED(conv2d(x, w, {}, {.padding = power(61)}),
                doctest::Contains("shape: too many elements in [1, 1, "));
  CHECK_REFUSED(conv2d(x, w, {}, {.padding = {0, power(61)}}),
                doctest::Contains("shape: too many elements in [1, 1, "));
  CHECK_REFUSED(conv2d(x, w, {}, {.padding = "same", .dilation = kMost}),
                doctest::Contains("conv2d: a size of "));
  CHECK_REFUSED(conv2d(x, w, {}, {.groups = power(62)}), doctest::Contains("cannot be split into"));
  CHECK_REFUSED(conv2d(x, numbers({0, 4, 3, 3}), {}, {.groups = power(62)}),
                doctest::Contains("empty kernel"));
  // Few results, but what lies between them cannot be laid out.
  CHECK_REFUSED(conv2d(x, w, {}, {.stride = power(60), .padding = power(60)}).data(),
                doctest::Contains("conv2d: an image with its borders: a size of "));
  CHECK_REFUSED(conv2d(x, w, {}, {.padding = power(61), .dilation = power(61)}).data(),
                doctest::Contains("conv2d: an image with its borders: a size of "));
}

TEST_CASE("conv2d: a stride of any size") {
  for (const std::int64_t stride :
       {power(31), power(61), power(62), power(63 - 2) * 2 - 1, kMost}) {
    CAPTURE(stride);
    auto run = [&](std::int64_t step) {
      Tensor x = numbers({2, 3, 9, 70}), w = numbers({4, 3, 3, 3});
      x.requires_grad(true), w.requires_grad(true);
      const Tensor y = conv2d(x, w, {}, {.stride = step});
      CHECK(y.shape() == Shape{2, 4, 1, 1});
      sum(y).backward();
      return std::vector<Tensor>{y.detach(), x.grad(), w.grad()};
    };
    const auto expected = run(100), got = run(stride);  // one window, whichever
    for (std::size_t i = 0; i < 3; ++i) CHECK(same_bits(got[i], expected[i]));
  }
}

TEST_CASE("conv2d: a stride in proportion to a large padding") {
  const Tensor x = numbers({1, 1, 4, 4}), w = numbers({1, 1, 1, 1});
  const Tensor y = conv2d(x, w, {}, {.stride = {1, power(20)}, .padding = {0, power(20)}});
  REQUIRE(y.shape() == Shape{1, 1, 4, 3});
  for (std::size_t i = 0; i < 12; ++i)
    CHECK(y.data()[i] == (i % 3 == 1 ? x.data()[i / 3 * 4] * w.item() : 0));
}

TEST_CASE("conv2d: no images of any size") {
  for (const std::int64_t stride : {1, 2}) {
    Tensor x({0, 16, power(24), power(24)}), w = numbers({16, 16, 3, 3}), b = numbers({16});
    x.requires_grad(true), w.requires_grad(true), b.requires_grad(true);
    const Tensor y = conv2d(x, w, b, {.stride = stride, .padding = 1});
    CHECK(y.numel() == 0);
    sum(y).backward();
    CHECK(x.grad().shape() == x.shape());
    CHECK(same_bits(w.grad(), Tensor::zeros(w.shape())));
    CHECK(same_bits(b.grad(), Tensor::zeros(b.shape())));
  }
}

TEST_CASE("pooling: padding, stride and kernel of any size") {
  const Tensor x = numbers({1, 2, 4, 4});
  CHECK_REFUSED(
      max_pool2d(x, {1, 2}, {.padding = {0, power(62)}}),
      doctest::Contains(
          "max_pool2d: padding must be at most half the kernel (1, 2), got (0, 4611686018427"));
  CHECK_REFUSED(avg_pool2d(x, 2, {.padding = power(62)}),
                doctest::Contains("padding must be at most half the kernel"));
  CHECK_REFUSED(max_pool2d(x, kMost, {.padding = power(62) - 1}),
                doctest::Contains("at most 65536 values"));
  CHECK_REFUSED(avg_pool2d(x, power(32), {.padding = power(31)}),
                "avg_pool2d: a size of 4294967296 x 4294967296 is too large");
  CHECK_REFUSED(avg_pool2d(x, {kMost, 2}), doctest::Contains("is too large"));
  CHECK_REFUSED(
      avg_pool2d(x, {kMost, 1}),
      doctest::Contains("kernel (9223372036854775807, 1) is larger than the padded input"));
  for (const std::int64_t stride : {power(31), power(62), kMost}) {
    CHECK(same_bits(max_pool2d(x, 3, {.stride = Pair(stride)}),
                    max_pool2d(x, 3, {.stride = Pair(9)})));
    CHECK(same_bits(avg_pool2d(x, 3, {.stride = Pair(stride)}),
                    avg_pool2d(x, 3, {.stride = Pair(9)})));
  }
  const Tensor all =
      avg_pool2d(x, {power(40), 4}, {.padding = {power(39), 0}, .count_include_pad = false});
  CHECK(same_bits(all, avg_pool2d(x, 4)));  // one window, with all of the image in it
}

TEST_CASE("pooling: no images of any size") {
  const Tensor none({0, 3, power(24), power(30)});
  CHECK(max_pool2d(none, 2).shape() == Shape{0, 3, power(23), power(29)});
  CHECK(adaptive_avg_pool2d(none, {7, power(30)}).shape() == Shape{0, 3, 7, power(30)});
}

TEST_CASE("adaptive pooling: more windows than there is memory for are refused at once") {
  const Tensor x = numbers({1, 2, 5, 3});
  CHECK_REFUSED(adaptive_avg_pool2d(x, power(31)),
                "shape: too many elements in [1, 2, 2147483648, 2147483648]");
  CHECK_REFUSED(adaptive_avg_pool2d(x, {1, power(62)}), doctest::Contains("is too large"));
  CHECK_THROWS_AS(adaptive_avg_pool2d(x, {1, power(50)}), std::bad_alloc);
}

TEST_CASE("adaptive pooling to more windows than there are pixels") {
  const Tensor x = numbers({2, 3, 5, 3});
  const Pair to = {7, 1000};
  const Tensor y = adaptive_avg_pool2d(x, to);
  for (std::int64_t n = 0; n < 6; ++n)
    for (std::int64_t i = 0; i < to.h; ++i)
      for (std::int64_t j = 0; j < to.w; ++j) {
        double total = 0;
        const std::int64_t top = i * 5 / to.h, bottom = ceil_div((i + 1) * 5, to.h);
        const std::int64_t left = j * 3 / to.w, right = ceil_div((j + 1) * 3, to.w);
        for (std::int64_t u = top; u < bottom; ++u)
          for (std::int64_t v = left; v < right; ++v)
            total += x.data()[static_cast<std::size_t>(n * 15 + u * 3 + v)];
        const auto at = static_cast<std::size_t>((n * to.h + i) * to.w + j);
        REQUIRE(y.data()[at] ==
                doctest::Approx(total / static_cast<double>((bottom - top) * (right - left))));
      }
}

TEST_CASE("reshape, cat, matmul, normalization, random numbers") {
  const Tensor x = numbers({2, 3});
  CHECK_REFUSED(reshape(x, {-1, power(32), power(32)}),
                "reshape: a size of 4294967296 x 4294967296 is too large");
  CHECK_REFUSED(reshape(x, {-1, power(62), 2, 6}),
                "reshape: a size of 4611686018427387904 x 2 is too large");
  const Tensor wide({0, power(58)});
  CHECK_REFUSED(cat(std::vector<Tensor>(40, wide), 1), doctest::Contains("cat: a size of "));
  CHECK_REFUSED(cat({wide, wide, wide}, 1), doctest::Contains("shape: too many elements in [0, "));
  CHECK_REFUSED(matmul(Tensor({power(50), 0}), Tensor({0, power(50)})),
                doctest::Contains("shape: too many elements"));
  CHECK_REFUSED(normalize(x, NormView{power(32), power(32), 6, 0}, {}, {}, 1e-5),
                doctest::Contains("is too large"));
  CHECK_REFUSED(permutation(-1, Stream(1)), "permutation: expected a count of at least 0, got -1");
}

TEST_CASE("matmul: BLAS counts in 32 bits") {
  Real value = 0;
  CHECK_REFUSED(
      gemm(Trans::no, Trans::no, 1, 1, power(31), &value, power(31), &value, 1, &value, 1),
      doctest::Contains("2147483648"));
}

TEST_CASE("parallel_for: a grain of any size") {
  for (const int threads : {1, 2}) {
    const Threads scope(threads);
    std::vector<std::int64_t> ends(4);
    parallel_for(kMost, power(61) + 1, [&](std::int64_t begin, std::int64_t end) {
      ends[static_cast<std::size_t>(begin / power(61))] = end;
    });
    CHECK(ends ==
          std::vector<std::int64_t>{power(61) + 1, power(62) + 2, 3 * power(61) + 3, kMost});
    parallel_for(3, kMost, [&](std::int64_t begin, std::int64_t end) { ends = {begin, end, 0}; });
    CHECK(ends == std::vector<std::int64_t>{0, 3, 0});
  }
}

}  // namespace
}  // namespace ek
