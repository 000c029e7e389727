// shifted_product on every table: against loops in double, and, on tables with fused multiply-adds, bit for bit against
// the chain of them that the kernel promises.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "evenkeel/core/base/real.h"
#include "evenkeel/core/kernels/dispatch.h"
#include "evenkeel/core/kernels/kernels.h"
#include "evenkeel/core/ops/random.h"
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
  for (std::int64_t i = 0; i < k; ++i)
    all.push_back(static_cast<std::int64_t>(s.below(150, at(i))));
  return all;
}

std::int64_t reach(const std::vector<std::int64_t>& offset) {
  return offset.empty() ? 0 : *std::max_element(offset.begin(), offset.end());
}

struct ProductCase {
  std::int64_t rows, columns, k, x_row, c_row, c_channel;
  std::vector<std::int64_t> offset;
  Values weight, bias, x;

  ProductCase(std::int64_t rows_, std::int64_t columns_, std::int64_t k_, std::int64_t slack)
      : rows(rows_),
        columns(columns_),
        k(k_),
        x_row(columns + 2 * slack),
        c_row(columns + slack),
        offset(offsets(k_)) {
    c_channel = rows * c_row + 3;
    weight = numbers(k * kOutBlock, "weight");
    bias = numbers(kOutBlock, "bias");
    x = numbers(reach(offset) + (rows - 1) * x_row + columns, "x");
    x.push_back(kNan);  // what is read behind the last pixel would show
  }

  Values run(const Kernels& table, bool relu = false) const {
    Values c(at(kOutBlock * c_channel + 1), kGuard);
    table.shifted_product({.rows = rows,
                           .columns = columns,
                           .k = k,
                           .relu = relu,
                           .weight = weight.data(),
                           .bias = bias.data(),
                           .x = {x.data(), 0, x_row},
                           .offset = offset.data(),
                           .c = {c.data() + 1, c_channel, c_row}});
    return c;
  }

  void check(const Kernels& table) const {
    const Values c = run(table), positive = run(table, true);
    REQUIRE(c[0] == kGuard);
    REQUIRE(positive[0] == kGuard);
    for (std::int64_t o = 0; o < kOutBlock; ++o)
      for (std::int64_t i = 0; i < c_channel; ++i) {
        const Real value = c[at(1 + o * c_channel + i)];
        REQUIRE(same_bits(positive[at(1 + o * c_channel + i)], value < 0 ? 0 : value));
        const std::int64_t y = i / c_row, q = i % c_row;
        if (y >= rows || q >= columns) {
          REQUIRE(value == kGuard);
          continue;
        }
        Exact exact;
        Real chain = 0;
        for (std::int64_t t = 0; t < k; ++t) {
          const Real w = weight[at(t * kOutBlock + o)],
                     pixel = x[at(offset[at(t)] + y * x_row + q)];
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
    for (const std::int64_t rows : {1, 2, 5})
      for (const std::int64_t columns : {16, 17, 23, 31, 32, 48, 50, 64, 80, 97, 176})
        for (const std::int64_t k : {0, 1, 2, 9, 31})
          for (const std::int64_t slack : {0, 7}) {
            CAPTURE(std::string(table->name));
            CAPTURE(rows);
            CAPTURE(columns);
            CAPTURE(k);
            ProductCase(rows, columns, k, slack).check(*table);
          }
}

TEST_CASE("NaN and infinity stay in the pixels and channels that they belong to") {
  for (const Kernels* table : supported_kernels()) {
    ProductCase p(1, 48, 3, 0);
    p.offset = {0, 20, 40};
    p.x.assign(90, Real(1));
    p.x[45] = kNan;  // under pixels 45, 25 and 5
    p.bias[3] = std::numeric_limits<Real>::infinity();
    const Values c = p.run(*table), positive = p.run(*table, true);
    for (std::int64_t o = 0; o < kOutBlock; ++o)
      for (std::int64_t q = 0; q < p.columns; ++q) {
        const Real value = c[at(1 + o * p.c_channel + q)];
        CHECK(same_bits(positive[at(1 + o * p.c_channel + q)], value < 0 ? 0 : value));
        CHECK(std::isnan(value) == (q == 45 || q == 25 || q == 5));
        if (!std::isnan(value)) CHECK(std::isinf(value) == (o == 3));
      }
  }
}

TEST_CASE(
    "a bias that is not finite, and a result of -0, are what they are, with relu and without") {
  const Real infinity = std::numeric_limits<Real>::infinity();
  for (const Kernels* table : supported_kernels()) {
    ProductCase p(1, 48, 1, 0);
    p.weight.assign(p.weight.size(), Real(-0.0));
    p.x.assign(p.x.size(), Real(1));
    p.bias = {infinity, -infinity, kNan, Real(-0.0), 0, -1, 1, -infinity};
    const Values c = p.run(*table), positive = p.run(*table, true);
    for (std::int64_t o = 0; o < kOutBlock; ++o)
      for (std::int64_t q = 0; q < p.columns; ++q) {
        const std::size_t i = at(1 + o * p.c_channel + q);
        const Real bias = p.bias[at(o)],
                   sum = (Real(0) + Real(-0.0)) + bias;  // the chain begins with 0
        CHECK(same_bits(c[i], sum));
        CHECK(same_bits(positive[i], sum < 0 ? 0 : sum));
      }
  }
}

}  // namespace
}  // namespace ek
