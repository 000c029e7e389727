// row_dots on every table: against sums in double, and, on tables with fused multiply-adds, bit for bit against the 16
// chains of them that the kernel promises.
#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

#include "evenkeel/core/base/real.h"
#include "evenkeel/core/kernels/dispatch.h"
#include "evenkeel/core/kernels/kernels.h"
#include "tests/support/values.h"

namespace ek {
namespace {

constexpr Real kNan = std::numeric_limits<Real>::quiet_NaN();
constexpr double kTolerance = 3e-7;  // of the terms' magnitudes; measured: 1.5e-7 at most

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

/// Rows of k numbers, each with NaN behind it: what is read there would show.
Values rows_of(std::int64_t rows, std::int64_t k, std::int64_t slack, const char* name) {
  Values v = numbers(rows * (k + slack), name);
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t i = 0; i < slack; ++i) v[at(r * (k + slack) + k + i)] = kNan;
  return v;
}

/// 16 chains of fused multiply-adds, added pairwise.
Real lanes(std::int64_t k, const Real* a, const Real* b) {
  Real lane[16] = {};
  for (std::int64_t i = 0; i < k; ++i) lane[i % 16] = std::fma(a[i], b[i], lane[i % 16]);
  for (int half = 8; half > 0; half /= 2)
    for (int l = 0; l < half; ++l) lane[l] += lane[l + half];
  return lane[0];
}

void check(const Kernels& table, std::int64_t m, std::int64_t n, std::int64_t k) {
  const std::int64_t a_row = k + 3, b_row = k + 5;
  const Values a = rows_of(m, k, 3, "a"), b = rows_of(n, k, 5, "b");
  Values c(at(m * n + 2), kGuard);
  table.row_dots({m, n, k, a.data(), a_row, b.data(), b_row, c.data() + 1});
  REQUIRE(c.front() == kGuard);
  REQUIRE(c.back() == kGuard);
  for (std::int64_t i = 0; i < m; ++i)
    for (std::int64_t j = 0; j < n; ++j) {
      const Real value = c[at(1 + i * n + j)];
      Exact exact;
      for (std::int64_t q = 0; q < k; ++q)
        exact.add(double{a[at(i * a_row + q)]} * double{b[at(j * b_row + q)]});
      REQUIRE(exact.fits(value, kTolerance));
      if (std::string(table.name) != "baseline")  // which may have to round twice
        REQUIRE(same_bits(value, lanes(k, a.data() + i * a_row, b.data() + j * b_row)));
    }
}

TEST_CASE("dot products of rows") {
  for (const Kernels* table : supported_kernels())
    for (const std::int64_t m : {0, 1, 2, 3, 4, 5, 7, 8})
      for (const std::int64_t n : {0, 1, 2, 3, 4, 5, 6, 7, 9, 17})
        for (const std::int64_t blocks : {0, 1, 2, 15}) {
          CAPTURE(std::string(table->name));
          CAPTURE(m);
          CAPTURE(n);
          CAPTURE(blocks);
          check(*table, m, n, blocks * kChannelBlock);
        }
}

}  // namespace
}  // namespace ek
