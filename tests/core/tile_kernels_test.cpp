// The kernels that convolutions are made of, on every table: products of tiles and transposition, against
// naive loops, and products bit for bit against the chain of fused multiply-adds that they promise.
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

using Values = std::vector<Real>;

constexpr Real kGuard = Real(12345);
constexpr Real kNan = std::numeric_limits<Real>::quiet_NaN();

Values numbers(std::int64_t n, const char* name) {
  const Stream s(9, name);
  Values v(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < v.size(); ++i) v[i] = static_cast<Real>(s.normal(i));
  return v;
}

TEST_CASE("transpose, with any distance between the rows") {
  for (const Kernels* table : supported_kernels())
    for (const std::int64_t rows : {0, 1, 3, 4, 7, 8, 9, 16, 17, 33})
      for (const std::int64_t columns : {0, 1, 2, 5, 8, 15, 16, 31, 40})
        for (const std::int64_t slack : {0, 3}) {
          CAPTURE(std::string(table->name));
          const std::int64_t x_row = columns + slack, y_row = rows + slack;
          const Values x = numbers(rows * x_row, "x");
          Values y(static_cast<std::size_t>(columns * y_row), kGuard), expected = y;
          for (std::int64_t r = 0; r < rows; ++r)
            for (std::int64_t c = 0; c < columns; ++c)
              expected[static_cast<std::size_t>(c * y_row + r)] =
                  x[static_cast<std::size_t>(r * x_row + c)];
          table->transpose(rows, columns, x.data(), x_row, y.data(), y_row);
          REQUIRE(y == expected);
        }
}

struct Sizes {
  std::int64_t m, n, k;
};

/// A product whose operands stand in rows with unused numbers behind them. `turned`: A is stored by columns.
struct Product {
  Sizes s;
  std::int64_t a_row, a_column, b_row, c_row;
  Values a, b;

  Product(Sizes sizes, bool turned) : s(sizes) {
    constexpr std::int64_t kSlack = 5;
    a_row = turned ? 1 : s.k + kSlack;
    a_column = turned ? s.m + kSlack : 1;
    b_row = c_row = s.n + kSlack;
    a = numbers(turned ? s.k * a_column : s.m * a_row, "a");
    b = numbers(s.k * b_row, "b");
  }

  Values run(const Kernels& table, bool add, Values c) const {
    table.tile_product(
        {s.m, s.n, s.k, {a.data(), a_row, a_column}, b.data(), b_row, c.data(), c_row, add});
    return c;
  }

  /// The sum as one chain of fused multiply-adds, in the order of the inner index.
  Real chain(std::int64_t i, std::int64_t j) const {
    Real sum = 0;
    for (std::int64_t l = 0; l < s.k; ++l)
      sum = std::fma(a[static_cast<std::size_t>(i * a_row + l * a_column)],
                     b[static_cast<std::size_t>(l * b_row + j)], sum);
    return sum;
  }

  /// `fused`: to the bit what the chain gives; every table but the baseline has the instruction.
  bool fits(const Values& c, bool add, const Values& before, bool fused) const {
    for (std::int64_t i = 0; i < s.m; ++i)
      for (std::int64_t j = 0; j < c_row; ++j) {
        const auto at = static_cast<std::size_t>(i * c_row + j);
        if (j >= s.n) {
          if (c[at] != before[at]) return false;  // the slack stays as it was
          continue;
        }
        if (fused && c[at] != (add ? before[at] : 0) + chain(i, j)) return false;
        double sum = add ? double{before[at]} : 0, magnitude = std::abs(sum);
        for (std::int64_t l = 0; l < s.k; ++l) {
          const double term = double{a[static_cast<std::size_t>(i * a_row + l * a_column)]} *
                              double{b[static_cast<std::size_t>(l * b_row + j)]};
          sum += term;
          magnitude += std::abs(term);
        }
        if (!(std::abs(double{c[at]} - sum) <= 1e-6 * magnitude)) return false;
      }
    return true;
  }
};

TEST_CASE("products of tiles") {
  for (const Kernels* table : supported_kernels())
    for (const std::int64_t m : {0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 13, 16, 25, 28})
      for (const std::int64_t blocks : {1, 2, 3, 4, 5, 7, 9})
        for (const std::int64_t k : {1, 2, 9, 30})
          for (const bool turned : {false, true}) {
            CAPTURE(std::string(table->name));
            CAPTURE(m);
            CAPTURE(blocks);
            CAPTURE(k);
            const bool fused = std::string(table->name) != "baseline";
            const Product p({m, blocks * kChannelBlock, k}, turned);
            Values before = numbers(m * p.c_row, "c");
            REQUIRE(p.fits(p.run(*table, true, before), true, before, fused));
            for (std::int64_t i = 0; i < m * p.c_row; ++i)
              if (i % p.c_row < p.s.n)
                before[static_cast<std::size_t>(i)] = kNan;  // must be overwritten
            REQUIRE(p.fits(p.run(*table, false, before), false, before, fused));
          }
}

TEST_CASE("a product that prefetches other arrays meanwhile is the same") {
  constexpr std::int64_t kM = 7, kN = 9 * kChannelBlock;
  for (const Kernels* table : supported_kernels()) {
    for (const std::int64_t k :
         {0, 1, 5, 100}) {  // fewer and more steps than rows that are prefetched
      CAPTURE(std::string(table->name));
      CAPTURE(k);
      const Values a = numbers(kM * k, "a"), b = numbers(k * kN, "b"),
                   one = numbers(kM * kN, "one"), other = one;
      const Real* arrays[] = {one.data(), other.data()};
      Values plain(static_cast<std::size_t>(kM * kN), kNan), prefetching = plain;
      TileProduct product = {kM, kN, k, {a.data(), k, 1}, b.data(), kN, plain.data(), kN};
      table->tile_product(product);
      product.c = prefetching.data();
      table->prefetching_product({product, {arrays, 2, 0, kN}});
      CHECK(plain == prefetching);
    }
  }
}

TEST_CASE(
    "an indirect product is the product of the matrix that the offsets name, in the same bits") {
  constexpr std::int64_t kSpread =
      50;  // rows and columns are picked from so many places, some more than once
  const Values from = numbers(kSpread * kSpread, "from");
  const Stream places(4, "places");
  for (const Kernels* table : supported_kernels())
    for (const std::int64_t m : {0, 1, 2, 5, 7, 8, 9, 16, 27, 31})
      for (const std::int64_t n : {kChannelBlock, 2 * kChannelBlock, 5 * kChannelBlock})
        for (const std::int64_t k : {0, 1, 3, 40})
          for (const bool add : {false, true}) {
            CAPTURE(std::string(table->name));
            CAPTURE(m);
            CAPTURE(n);
            CAPTURE(k);
            std::vector<std::int64_t> row, column;
            for (std::int64_t i = 0; i < m + k; ++i) {
              const auto place =
                  static_cast<std::int64_t>(places.below(kSpread, static_cast<std::uint64_t>(i)));
              i < m ? row.push_back(place * kSpread) : column.push_back(place);
            }
            Values a;  // [m, k]
            for (const std::int64_t r : row)
              for (const std::int64_t c : column)
                a.push_back(from[static_cast<std::size_t>(r + c)]);
            const std::int64_t c_row = n + 3;
            const Values b = numbers(k * n, "b"), before = numbers(m * c_row, "c");
            Values expected = before, c = before;
            table->tile_product(
                {m, n, k, {a.data(), k, 1}, b.data(), n, expected.data(), c_row, add});
            const TileProduct product = {m,        n,     k,  {from.data(), 0, 0}, b.data(), n,
                                         c.data(), c_row, add};
            table->indirect_product({product, row.data(), column.data()});
            REQUIRE(c == expected);
          }
}

}  // namespace
}  // namespace ek
