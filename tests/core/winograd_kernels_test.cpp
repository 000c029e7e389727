// Winograd's transforms on every table: against the matrices of [Lavin2016] in double, and bit for bit against the
// baseline table.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "evenkeel/core/base/real.h"
#include "evenkeel/core/kernels/dispatch.h"
#include "evenkeel/core/kernels/kernels.h"
#include "tests/support/values.h"

namespace ek {
namespace {

using Matrix = std::vector<std::vector<double>>;

const Matrix kImage = {{4, 0, -5, 0, 1, 0},  {0, -4, -4, 1, 1, 0}, {0, 4, -4, -1, 1, 0},
                       {0, -2, -1, 2, 1, 0}, {0, 2, -1, -2, 1, 0}, {0, 4, 0, -5, 0, 1}};  // B^T
const Matrix kResult = {
    {1, 1, 1, 1, 1, 0}, {0, 1, -1, 2, -2, 0}, {0, 1, 1, 4, 4, 0}, {0, 1, -1, 8, -8, 1}};  // A^T
const Matrix kWeight = {{1. / 4, 0, 0},
                        {-1. / 6, -1. / 6, -1. / 6},
                        {-1. / 6, 1. / 6, -1. / 6},
                        {1. / 24, 1. / 12, 1. / 6},
                        {1. / 24, -1. / 12, 1. / 6},
                        {0, 0, 1}};  // G

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

Matrix transposed(const Matrix& m) {
  Matrix t(m[0].size(), std::vector<double>(m.size()));
  for (std::size_t i = 0; i < m.size(); ++i)
    for (std::size_t j = 0; j < m[i].size(); ++j) t[j][i] = m[i][j];
  return t;
}

/// A kernel that turns In x In values of every channel into Out x Out = matrix x matrix^T.
struct Transform {
  const char* name;
  Matrix matrix;
  /// x's rows, columns and y's rows, columns stand so far apart; the kernel takes one distance for both of what is not
  /// an image.
  void (*run)(const Kernels&, std::int64_t channels, const Real* x, std::int64_t x_row,
              std::int64_t x_column, Real* y, std::int64_t y_row, std::int64_t y_column);
  bool x_is_image, y_is_image;
};

const std::vector<Transform> kTransforms = {
    {"image", kImage,
     [](const Kernels& k, auto n, auto x, auto row, auto column, auto y, auto, auto position) {
       k.winograd_image(n, x, row, column, y, position);
     },
     true, false},
    {"result", kResult,
     [](const Kernels& k, auto n, auto x, auto, auto position, auto y, auto row, auto column) {
       k.winograd_result(n, x, position, nullptr, false, y, row, column);
     },
     false, true},
    {"gradient", transposed(kResult),
     [](const Kernels& k, auto n, auto x, auto row, auto column, auto y, auto, auto position) {
       k.winograd_gradient(n, x, row, column, y, position);
     },
     true, false},
    {"weight", kWeight,
     [](const Kernels& k, auto n, auto x, auto, auto tap, auto y, auto, auto position) {
       k.winograd_weight(n, x, tap, y, position);
     },
     false, false},
    {"weight gradient", transposed(kWeight),
     [](const Kernels& k, auto n, auto x, auto, auto position, auto y, auto, auto tap) {
       k.winograd_weight_gradient(n, x, position, y, tap);
     },
     false, false},
};

struct Case {
  const Transform& t;
  std::int64_t channels, in, out, x_row, x_column, y_row, y_column;
  Values x;

  Case(const Transform& transform, std::int64_t channels_, std::int64_t slack)
      : t(transform),
        channels(channels_),
        in(static_cast<std::int64_t>(t.matrix[0].size())),
        out(static_cast<std::int64_t>(t.matrix.size())) {
    x_column = y_column = channels + slack;
    x_row = in * x_column + (t.x_is_image ? slack : 0);
    y_row = out * y_column + (t.y_is_image ? slack : 0);
    x = numbers(in * x_row, t.name);
  }

  Values run(const Kernels& table) const {
    Values y(at(out * y_row), kGuard);
    t.run(table, channels, x.data(), x_row, x_column, y.data(), y_row, y_column);
    return y;
  }

  /// The transforms cancel and multiply by up to 8, so what a value is made of is what its rounding is measured against.
  bool fits(Real value, std::int64_t i, std::int64_t j, std::int64_t c) const {
    Exact exact;
    for (std::int64_t u = 0; u < in; ++u)
      for (std::int64_t v = 0; v < in; ++v)
        exact.add(t.matrix[at(i)][at(u)] * t.matrix[at(j)][at(v)] *
                  double{x[at(u * x_row + v * x_column + c)]});
    return exact.fits(value, 2.5e-7);  // measured: 1.9e-7 at most
  }
};

TEST_CASE("Winograd's transforms") {
  for (const Kernels* table : supported_kernels())
    for (const Transform& t : kTransforms)
      for (const std::int64_t channels : {16, 32, 48, 80})
        for (const std::int64_t slack : {0, 5}) {
          CAPTURE(std::string(table->name));
          CAPTURE(std::string(t.name));
          CAPTURE(channels);
          const Case k(t, channels, slack);
          const Values y = k.run(*table);
          REQUIRE(same_bits(y, k.run(*supported_kernels().front())));
          for (std::int64_t i = 0; i < k.out; ++i)
            for (std::int64_t j = 0; j < k.out; ++j) {
              const std::int64_t first = i * k.y_row + j * k.y_column;
              for (std::int64_t c = 0; c < channels; ++c)
                REQUIRE(k.fits(y[at(first + c)], i, j, c));
              for (std::int64_t c = channels; c < k.y_column; ++c)
                REQUIRE(y[at(first + c)] == kGuard);
            }
        }
}

TEST_CASE("the result with a bias and relu") {
  constexpr std::int64_t kN = 3 * kChannelBlock;
  const Values bias = numbers(kN, "bias");
  Values m = numbers(36 * kN, "m");
  m[5] = std::numeric_limits<Real>::quiet_NaN();  // stays NaN
  for (const Kernels* table : supported_kernels()) {
    Values plain(at(16 * kN)), shifted = plain, positive = plain;
    table->winograd_result(kN, m.data(), kN, nullptr, false, plain.data(), 4 * kN, kN);
    table->winograd_result(kN, m.data(), kN, bias.data(), false, shifted.data(), 4 * kN, kN);
    table->winograd_result(kN, m.data(), kN, bias.data(), true, positive.data(), 4 * kN, kN);
    for (std::int64_t i = 0; i < 16 * kN; ++i) {
      REQUIRE(same_bits(shifted[at(i)], plain[at(i)] + bias[at(i % kN)]));
      REQUIRE(same_bits(positive[at(i)], shifted[at(i)] < 0 ? 0 : shifted[at(i)]));
    }
  }
}

/// out[i] = sum over j of matrix[i][j] x[j], of `columns` values each: both by the table and in double.
void check_rows(const Kernels& table, std::int64_t columns) {
  CAPTURE(std::string(table.name));
  CAPTURE(columns);
  const Values x = numbers(6 * columns, "rows"), bias = numbers(1, "bias");
  const Real* rows[6];
  for (std::int64_t i = 0; i < 6; ++i) rows[i] = x.data() + i * columns;
  const std::int64_t apart = columns + 3;
  auto check = [&](const Matrix& matrix, double shift, std::int64_t written, auto run) {
    Values y(at(6 * apart), kGuard);
    run(y.data());
    for (std::int64_t i = 0; i < 6; ++i)
      for (std::int64_t q = 0; q < apart; ++q) {
        Exact exact;
        if (i < written && q < columns) {
          exact.add(shift);
          for (std::size_t j = 0; j < matrix[0].size(); ++j)
            exact.add(matrix[at(i)][j] * double{x[j * at(columns) + at(q)]});
        }
        REQUIRE((i < written && q < columns ? exact.fits(y[at(i * apart + q)], 2.5e-7)
                                            : y[at(i * apart + q)] == kGuard));
      }
  };
  check(kImage, 0, 6, [&](Real* y) { table.winograd_rows_image(columns, rows, y, apart); });
  for (const std::int64_t n : {4, 1})
    check(kResult, bias[0], n, [&](Real* y) {
      table.winograd_rows_result(columns, n, x.data(), columns, bias[0], false, y, apart);
    });
  Values plain(at(4 * columns)), positive = plain;
  table.winograd_rows_result(columns, 4, x.data(), columns, bias[0], false, plain.data(), columns);
  table.winograd_rows_result(columns, 4, x.data(), columns, bias[0], true, positive.data(),
                             columns);
  for (std::size_t i = 0; i < plain.size(); ++i)
    REQUIRE(positive[i] == std::max(plain[i], Real(0)));
}

TEST_CASE("Winograd's transforms along the rows") {
  for (const Kernels* table : supported_kernels())
    for (const std::int64_t columns : {16, 17, 31, 32, 50}) check_rows(*table, columns);
}

TEST_CASE("the matrices give the convolution: A^T [(G w G^T) * (B^T d B)] A") {
  const Kernels& k = kernels();
  constexpr std::int64_t kN = kChannelBlock;
  const Values d = numbers(36 * kN, "d"), w = numbers(9 * kN, "w");
  Values v(at(36 * kN)), u = v, m = v, y(at(16 * kN));
  k.winograd_image(kN, d.data(), 6 * kN, kN, v.data(), kN);
  k.winograd_weight(kN, w.data(), kN, u.data(), kN);
  k.mul(36 * kN, u.data(), v.data(), m.data());
  k.winograd_result(kN, m.data(), kN, nullptr, false, y.data(), 4 * kN, kN);
  for (std::int64_t i = 0; i < 4; ++i)
    for (std::int64_t j = 0; j < 4; ++j)
      for (std::int64_t c = 0; c < kN; ++c) {
        Exact exact;
        for (std::int64_t s = 0; s < 9; ++s)
          exact.add(double{w[at(s * kN + c)]} *
                    double{d[at(((i + s / 3) * 6 + j + s % 3) * kN + c)]});
        CHECK(exact.fits(y[at((i * 4 + j) * kN + c)], 2.5e-6));  // measured: 1.7e-6 at most
      }
}

}  // namespace
}  // namespace ek
