// shifted_product and shifted_dots on every table: against loops in double, and, on tables with fused multiply-adds,
// bit for bit against the chain of them that the kernels promise.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "core/kernels/dispatch.h"
#include "tests/support/values.h"

namespace ek {
namespace {

constexpr Real kNan = std::numeric_limits<Real>::quiet_NaN();
constexpr double kTolerance = 3e-7;  // of the terms' magnitudes; measured: 1.5e-7 at most

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

/// The baseline may have to round twice; every other table has fused multiply-adds.
bool fused(const Kernels& table) { return std::string(table.name) != "baseline"; }

/// k places in a plane, in no order, some of them twice, few of them at the start of a vector.
std::vector<std::int64_t> offsets(std::int64_t k) {
  const Stream s(11, "offset");
  std::vector<std::int64_t> all;
  for (std::int64_t i = 0; i < k; ++i) all.push_back(static_cast<std::int64_t>(s.below(150, at(i))));
  return all;
}

std::int64_t reach(const std::vector<std::int64_t>& offset) {
  return offset.empty() ? 0 : *std::max_element(offset.begin(), offset.end());
}

struct ProductCase {
  std::int64_t count, k, c_row;
  std::vector<std::int64_t> offset;
  Values weight, bias, x;

  ProductCase(std::int64_t count_, std::int64_t k_, std::int64_t slack)
      : count(count_), k(k_), c_row(count_ + slack), offset(offsets(k_)) {
    weight = numbers(k * kOutBlock, "weight");
    bias = numbers(kOutBlock, "bias");
    x = numbers(reach(offset) + count, "x");
    x.push_back(kNan);  // what is read behind the last pixel would show
  }

  Values run(const Kernels& table, bool relu = false) const {
    Values c(at(kOutBlock * c_row + 1), kGuard);
    table.shifted_product({.count = count,
                           .k = k,
                           .relu = relu,
                           .weight = weight.data(),
                           .bias = bias.data(),
                           .x = x.data(),
                           .offset = offset.data(),
                           .c = c.data() + 1,
                           .c_row = c_row,
                           .target = c.data(),
                           .target_row = c_row});
    return c;
  }

  void check(const Kernels& table) const {
    const Values c = run(table), positive = run(table, true);
    REQUIRE(c[0] == kGuard);
    REQUIRE(positive[0] == kGuard);
    for (std::int64_t o = 0; o < kOutBlock; ++o)
      for (std::int64_t q = 0; q < c_row; ++q) {
        const Real value = c[at(1 + o * c_row + q)];
        REQUIRE(same_bits(positive[at(1 + o * c_row + q)], value < 0 ? 0 : value));
        if (q >= count) {
          REQUIRE(value == kGuard);
          continue;
        }
        Exact exact;
        Real chain = 0;
        for (std::int64_t i = 0; i < k; ++i) {
          const Real w = weight[at(i * kOutBlock + o)], pixel = x[at(offset[at(i)] + q)];
          exact.add(double{w} * double{pixel});
          chain = std::fma(w, pixel, chain);
        }
        exact.add(double{bias[at(o)]});
        REQUIRE(exact.fits(value, kTolerance));
        if (fused(table)) REQUIRE(same_bits(value, chain + bias[at(o)]));
      }
  }
};

TEST_CASE("products of a plane with itself shifted") {
  for (const Kernels* table : supported_kernels())
    for (const std::int64_t blocks : {1, 2, 3, 4, 5, 6, 7, 11})
      for (const std::int64_t k : {0, 1, 2, 9, 31})
        for (const std::int64_t slack : {0, 7}) {
          CAPTURE(std::string(table->name));
          CAPTURE(blocks);
          CAPTURE(k);
          ProductCase(blocks * kChannelBlock, k, slack).check(*table);
        }
}

TEST_CASE("NaN and infinity stay in the pixels and channels that they belong to") {
  for (const Kernels* table : supported_kernels()) {
    ProductCase p(48, 3, 0);
    p.offset = {0, 20, 40};
    p.x.assign(90, Real(1));
    p.x[45] = kNan;  // under pixels 45, 25 and 5
    p.bias[3] = std::numeric_limits<Real>::infinity();
    const Values c = p.run(*table), positive = p.run(*table, true);
    for (std::int64_t o = 0; o < kOutBlock; ++o)
      for (std::int64_t q = 0; q < p.count; ++q) {
        const Real value = c[at(1 + o * p.c_row + q)];
        CHECK(same_bits(positive[at(1 + o * p.c_row + q)], value < 0 ? 0 : value));
        CHECK(std::isnan(value) == (q == 45 || q == 25 || q == 5));
        if (!std::isnan(value)) CHECK(std::isinf(value) == (o == 3));
      }
  }
}

struct DotsCase {
  std::int64_t m, k, count, outer, a_row, a_outer, x_outer;
  std::vector<std::int64_t> offset;
  Values a, x, before;

  DotsCase(std::int64_t m_, std::int64_t k_, std::int64_t count_, std::int64_t outer_)
      : m(m_), k(k_), count(count_), outer(outer_), offset(offsets(k_)) {
    a_row = count + 3;
    a_outer = m * a_row + 2;
    x_outer = reach(offset) + count + 1;
    a = numbers(outer * a_outer, "a");
    x = numbers(outer * x_outer, "x");
    for (std::int64_t b = 0; b < outer; ++b) {
      x[at((b + 1) * x_outer - 1)] = kNan;  // what is read behind the last pixel would show
      for (std::int64_t o = 0; o < m; ++o) std::fill_n(a.begin() + b * a_outer + o * a_row + count, 3, kNan);
    }
    before = numbers(m * k + 2, "sums");
    before.front() = before.back() = kGuard;
  }

  Real a_at(std::int64_t b, std::int64_t o, std::int64_t q) const { return a[at(b * a_outer + o * a_row + q)]; }
  Real x_at(std::int64_t b, std::int64_t i, std::int64_t q) const { return x[at(b * x_outer + offset[at(i)] + q)]; }

  /// 16 chains of fused multiply-adds, added pairwise.
  Real lanes(std::int64_t o, std::int64_t i) const {
    Real lane[16] = {};
    for (std::int64_t b = 0; b < outer; ++b)
      for (std::int64_t q = 0; q < count; ++q) lane[q % 16] = std::fma(a_at(b, o, q), x_at(b, i, q), lane[q % 16]);
    for (int half = 8; half > 0; half /= 2)
      for (int l = 0; l < half; ++l) lane[l] += lane[l + half];
    return lane[0];
  }

  void check(const Kernels& table) const {
    Values sums = before;
    table.shifted_dots({.m = m,
                        .k = k,
                        .count = count,
                        .outer = outer,
                        .a = a.data(),
                        .a_outer = a_outer,
                        .a_row = a_row,
                        .x = x.data(),
                        .x_outer = x_outer,
                        .offset = offset.data(),
                        .sums = sums.data() + 1});
    REQUIRE(sums.front() == kGuard);
    REQUIRE(sums.back() == kGuard);
    for (std::int64_t o = 0; o < m; ++o)
      for (std::int64_t i = 0; i < k; ++i) {
        const std::size_t s = at(1 + o * k + i);
        Exact exact;
        exact.add(double{before[s]});
        for (std::int64_t b = 0; b < outer; ++b)
          for (std::int64_t q = 0; q < count; ++q) exact.add(double{a_at(b, o, q)} * double{x_at(b, i, q)});
        REQUIRE(exact.fits(sums[s], kTolerance));
        if (fused(table)) REQUIRE(same_bits(sums[s], before[s] + lanes(o, i)));
      }
  }
};

TEST_CASE("dots of a plane with another shifted, added to what was there") {
  for (const Kernels* table : supported_kernels())
    for (const std::int64_t m : {0, 1, 2, 3, 4, 5, 7, 8})
      for (const std::int64_t k : {0, 1, 2, 3, 4, 5, 6, 7, 9, 17})
        for (const std::int64_t blocks : {1, 2, 5})
          for (const std::int64_t outer : {0, 1, 3}) {
            CAPTURE(std::string(table->name));
            CAPTURE(m);
            CAPTURE(k);
            CAPTURE(blocks);
            CAPTURE(outer);
            DotsCase(m, k, blocks * kChannelBlock, outer).check(*table);
          }
}

}  // namespace
}  // namespace ek
