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
  std::int64_t rows, columns, k, x_row, c_row, c_channel;
  std::vector<std::int64_t> offset;
  Values weight, bias, x;

  ProductCase(std::int64_t rows_, std::int64_t columns_, std::int64_t k_, std::int64_t slack)
      : rows(rows_), columns(columns_), k(k_), x_row(columns + 2 * slack), c_row(columns + slack), offset(offsets(k_)) {
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
                           .x = {x.data(), 0, 0, x_row},
                           .offset = offset.data(),
                           .c = {c.data() + 1, 0, c_channel, c_row}});
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
          const Real w = weight[at(t * kOutBlock + o)], pixel = x[at(offset[at(t)] + y * x_row + q)];
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

struct DotsCase {
  std::int64_t m, k, rows, columns, images, a_row, a_channel, a_image, x_row, x_image;
  std::vector<std::int64_t> offset;
  Values a, x, before;

  DotsCase(std::int64_t m_, std::int64_t k_, std::int64_t rows_, std::int64_t columns_, std::int64_t images_)
      : m(m_), k(k_), rows(rows_), columns(columns_), images(images_), offset(offsets(k_)) {
    a_row = columns + 3;
    a_channel = rows * a_row + 1;
    a_image = m * a_channel + 2;
    x_row = columns + 5;
    x_image = reach(offset) + (rows - 1) * x_row + columns + 1;
    a = numbers(images * a_image, "a");
    x = numbers(images * x_image, "x");
    for (std::int64_t b = 0; b < images; ++b) {
      x[at((b + 1) * x_image - 1)] = kNan;  // what is read behind the last pixel would show
      for (std::int64_t o = 0; o < m; ++o)
        for (std::int64_t y = 0; y < rows; ++y)
          std::fill_n(a.begin() + b * a_image + o * a_channel + y * a_row + columns, 3, kNan);
    }
    before = numbers(m * k + 2, "sums");
    before.front() = before.back() = kGuard;
  }

  /// Pixel q of the grid, counted row after row.
  Real a_at(std::int64_t b, std::int64_t o, std::int64_t q) const {
    return a[at(b * a_image + o * a_channel + q / columns * a_row + q % columns)];
  }
  Real x_at(std::int64_t b, std::int64_t i, std::int64_t q) const {
    return x[at(b * x_image + offset[at(i)] + q / columns * x_row + q % columns)];
  }

  /// 16 chains of fused multiply-adds, added pairwise.
  Real lanes(std::int64_t o, std::int64_t i) const {
    Real lane[16] = {};
    for (std::int64_t b = 0; b < images; ++b)
      for (std::int64_t q = 0; q < rows * columns; ++q)
        lane[q % 16] = std::fma(a_at(b, o, q), x_at(b, i, q), lane[q % 16]);
    for (int half = 8; half > 0; half /= 2)
      for (int l = 0; l < half; ++l) lane[l] += lane[l + half];
    return lane[0];
  }

  void check(const Kernels& table) const {
    Values sums = before;
    table.shifted_dots({.m = m,
                        .k = k,
                        .rows = rows,
                        .columns = columns,
                        .images = images,
                        .a = {a.data(), a_image, a_channel, a_row},
                        .x = {x.data(), x_image, 0, x_row},
                        .offset = offset.data(),
                        .sums = sums.data() + 1});
    REQUIRE(sums.front() == kGuard);
    REQUIRE(sums.back() == kGuard);
    for (std::int64_t o = 0; o < m; ++o)
      for (std::int64_t i = 0; i < k; ++i) {
        const std::size_t s = at(1 + o * k + i);
        Exact exact;
        exact.add(double{before[s]});
        for (std::int64_t b = 0; b < images; ++b)
          for (std::int64_t q = 0; q < rows * columns; ++q) exact.add(double{a_at(b, o, q)} * double{x_at(b, i, q)});
        REQUIRE(exact.fits(sums[s], kTolerance));
        if (fused(table)) REQUIRE(same_bits(sums[s], before[s] + lanes(o, i)));
      }
  }
};

TEST_CASE("dots of a plane with another shifted, added to what was there") {
  for (const Kernels* table : supported_kernels())
    for (const std::int64_t m : {0, 1, 2, 3, 4, 5, 7, 8})
      for (const std::int64_t k : {0, 1, 2, 3, 4, 5, 6, 7, 9, 17})
        for (const std::int64_t rows : {1, 3})
          for (const std::int64_t blocks : {1, 2, 5})
            for (const std::int64_t images : {0, 1, 3}) {
              CAPTURE(std::string(table->name));
              CAPTURE(m);
              CAPTURE(k);
              CAPTURE(rows);
              CAPTURE(blocks);
              CAPTURE(images);
              DotsCase(m, k, rows, blocks * kChannelBlock, images).check(*table);
            }
}

}  // namespace
}  // namespace ek
