// wide_product, deep_product and dot_product against loops in double: sizes that fill no panel, no block and no slice; the same bits
// for any number of threads; and what they take.
#include "evenkeel/core/fast/product.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "evenkeel/core/base/real.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/kernels/kernels.h"
#include "evenkeel/core/ops/elementwise.h"
#include "evenkeel/core/ops/matmul.h"
#include "evenkeel/core/ops/random.h"
#include "evenkeel/core/ops/reduce.h"
#include "evenkeel/core/ops/reshape.h"
#include "evenkeel/core/tensor/pieces.h"
#include "evenkeel/core/tensor/tensor.h"
#include "tests/support/compare.h"
#include "tests/support/naive.h"
#include "tests/support/threads.h"
#include "tests/support/values.h"

namespace ek {
namespace {

constexpr Real kNan = std::numeric_limits<Real>::quiet_NaN();
constexpr double kTolerance = 1e-6;

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

struct Sizes {
  std::int64_t m, n, k;
};

/// Runs the product for 1, 2 and 4 threads into memory that held NaN, with a guard behind, and checks that the bits agree.
template <typename Product>
Values same_for_all_threads(std::int64_t count, Product product) {
  Values one;
  for (const int threads : {1, 2, 4}) {
    const Threads scope(threads);
    Values c(at(count), kNan);
    c.push_back(kGuard);
    product(c.data());
    REQUIRE(c.back() == kGuard);
    c.pop_back();
    if (threads == 1) one = c;
    REQUIRE(same_bits(c, one));
  }
  return one;
}

void check_wide(const Sizes& s) {
  CAPTURE(s.m);
  CAPTURE(s.n);
  CAPTURE(s.k);
  const Values a = numbers(s.m * s.k, "a"), b = numbers(s.k * s.n, "b"),
               beside = numbers(s.m * s.n, "beside");
  const Values c = same_for_all_threads(
      s.m * s.n, [&](Real* to) { wide_product(s.m, s.n, s.k, a.data(), b.data(), to); });
  for (std::int64_t i = 0; i < s.m; ++i)
    for (std::int64_t j = 0; j < s.n; ++j) {
      Exact exact;
      for (std::int64_t l = 0; l < s.k; ++l)
        exact.add(double{a[at(i * s.k + l)]} * double{b[at(l * s.n + j)]});
      REQUIRE(exact.fits(c[at(i * s.n + j)], kTolerance));
    }
  // A consumer gets each value once, and the arrays beside it are left to it.
  Values more = beside;
  const Values taken = same_for_all_threads(s.m * s.n, [&](Real* to) {
    const auto take = [to](std::int64_t first, std::int64_t count, const Real* values) {
      for (std::int64_t i = 0; i < count; ++i)
        to[first + i] = std::isnan(to[first + i]) ? values[i] : kGuard;
    };
    const Consumer to_take = {"test", {more.data()}, take};
    wide_product(s.m, s.n, s.k, a.data(), b.data(), nullptr, &to_take);
  });
  CHECK(same_bits(taken, c));
  CHECK(same_bits(more, beside));
}

// Strips of 12 rows; chunks of 64 columns up to 1023, then more, up to 1024 from 8192 on, or fewer where K is long.
TEST_CASE("wide_product") {
  for (const Sizes& s :
       {Sizes{1, 16, 1}, Sizes{1, 1040, 7}, Sizes{2, 48, 65}, Sizes{3, 64, 31}, Sizes{5, 80, 128},
        Sizes{7, 256, 9}, Sizes{13, 272, 63}, Sizes{25, 528, 40}, Sizes{6, 1104, 100},
        Sizes{24, 1040, 20}, Sizes{14, 8208, 3}, Sizes{2, 2064, 3000}})
    check_wide(s);
}

/// `product`: deep_product or dot_product.
void check_turned(decltype(deep_product)* product, const Sizes& s) {
  CAPTURE(s.m);
  CAPTURE(s.n);
  CAPTURE(s.k);
  const Values a = numbers(s.m * s.k, "a"), b = numbers(s.n * s.k, "b");
  const Values c = same_for_all_threads(
      s.n * s.m, [&](Real* to) { product(s.m, s.n, s.k, a.data(), b.data(), to); });
  for (std::int64_t i = 0; i < s.m; ++i)
    for (std::int64_t j = 0; j < s.n; ++j) {
      Exact exact;
      for (std::int64_t l = 0; l < s.k; ++l)
        exact.add(double{a[at(i * s.k + l)]} * double{b[at(j * s.k + l)]});
      REQUIRE(exact.fits(c[at(j * s.m + i)], kTolerance));
    }
}

// A slice is at least 1024 of K, a block of it 1024, and there are at most 16: 1025 leaves a slice of 1; 16385 gives
// slices of 1025, whose second block is 1 deep, and a last one of 1010; 40000 gives slices of 2500 in three blocks. 6 rows
// at once.
TEST_CASE("deep_product") {
  for (const std::int64_t k : {1, 100, 1023, 1024, 1025, 3000})
    for (const std::int64_t n : {1, 9, 16, 17, 63, 64, 65, 130})
      check_turned(deep_product, {5, n, k});
  for (const std::int64_t m : {1, 2, 5, 6, 7, 12, 16, 17, 33})
    check_turned(deep_product, {m, 20, 1030});
  for (const std::int64_t k : {16'384, 16'385, 40'000})
    for (const std::int64_t n : {10, 70}) check_turned(deep_product, {7, n, k});
}

// 16 rows of a at once.
TEST_CASE("dot_product") {
  for (const std::int64_t m : {1, 2, 15, 16, 17, 50})
    for (const std::int64_t n : {1, 2, 3, 5, 7, 8})
      for (const std::int64_t k : {16, 32, 128, 592}) check_turned(dot_product, {m, n, k});
}

TEST_CASE("what they take, they can do") {
  for (std::int64_t n = 0; n < 2000; ++n)
    for (const std::int64_t m : {0, 1, 64, 5000})
      for (const std::int64_t k : {0, 1, 1000, 100'000}) {
        if (n % kChannelBlock != 0) CHECK_FALSE(wide_product_takes(m, n, k));
        if (m * n * k == 0)
          CHECK_FALSE((wide_product_takes(m, n, k) || deep_product_takes(m, n, k) ||
                       dot_product_takes(m, n, k)));
        if (n > 8) CHECK_FALSE(dot_product_takes(m, n, k));          // its sums have room for 8
        CHECK_FALSE(dot_product_takes(64, 4, 16 * k + 1 + n % 15));  // it takes whole vectors
      }
  CHECK(wide_product_takes(64, 4096, 64));
  CHECK(deep_product_takes(128, 64, 4096));
  CHECK(dot_product_takes(128, 8, 4096));
}

/// linear and its gradients, matmul and its gradients, where `s.n` samples have `s.k` inputs and `s.m` outputs.
void check_ops(const Sizes& s) {
  CAPTURE(s.m);
  CAPTURE(s.n);
  CAPTURE(s.k);
  auto random = [](Shape shape, const char* name) {
    Tensor t(shape);
    fill_normal(t, 0, 1, Stream(14, name));
    return t;
  };
  using Span = std::span<const double>;
  const Tensor x = random({s.n, s.k}, "x").requires_grad(true),
               w = random({s.m, s.k}, "w").requires_grad(true);
  const Tensor y = linear(x, w, {}), dy = random(y.shape(), "dy");
  sum(y * dy).backward();
  CHECK(relative_error(y.data(), Span(naive::matmul(x.detach(), transpose(w.detach())))) <=
        kTolerance);
  CHECK(relative_error(x.grad().data(), Span(naive::matmul(dy, w.detach()))) <= kTolerance);
  CHECK(relative_error(w.grad().data(), Span(naive::matmul(transpose(dy), x.detach()))) <=
        kTolerance);
}

TEST_CASE("linear on both sides of every limit") {
  CHECK(deep_product_takes(128, 16, 1024));
  CHECK(wide_product_takes(16, 1024, 128));
  for (const Sizes& s : {Sizes{128, 16, 1024}, Sizes{128, 16, 1023}, Sizes{127, 16, 1024},
                         Sizes{129, 17, 1040}, Sizes{129, 17, 1041}, Sizes{257, 8, 1024},
                         Sizes{100, 33, 2000}, Sizes{300, 3, 150}, Sizes{300, 3, 160}})
    check_ops(s);
}

}  // namespace
}  // namespace ek
