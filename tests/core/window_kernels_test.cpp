// The kernels that move rows of images and take the largest of windows: on every table what plain loops give, to the
// bit, and nothing written beside it.
#include <doctest/doctest.h>

#include <limits>
#include <string>
#include <vector>

#include "core/kernels/dispatch.h"
#include "tests/support/values.h"

namespace ek {
namespace {

constexpr Real kNan = std::numeric_limits<Real>::quiet_NaN();
constexpr Real kInf = std::numeric_limits<Real>::infinity();

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

const std::vector<std::int64_t> kLengths = {0,  1,  2,  3,  4,  5,  7,  8,  9,  12, 15, 16,
                                            17, 18, 24, 31, 32, 33, 34, 47, 48, 49, 63, 65};

TEST_CASE("copy_rows: every step-th value of a row") {
  for (const Kernels* table : supported_kernels())
    for (const std::int64_t rows : {0, 1, 3})
      for (const std::int64_t columns : kLengths)
        for (const std::int64_t step : {1, 2, 3, 4, 5}) {
          CAPTURE(std::string(table->name));
          CAPTURE(columns);
          CAPTURE(step);
          const std::int64_t x_row = columns * step + 1, y_row = columns + 2;
          const Values x = numbers(rows * x_row, "x");
          Values y(at(rows * y_row + 1), kGuard), expected = y;
          for (std::int64_t r = 0; r < rows; ++r)
            for (std::int64_t c = 0; c < columns; ++c) expected[at(1 + r * y_row + c)] = x[at(r * x_row + c * step)];
          table->copy_rows(rows, columns, x.data(), x_row, step, y.data() + 1, y_row);
          REQUIRE(y == expected);
        }
}

TEST_CASE("spread_rows: a row's values a step apart, and what lies between as it was") {
  for (const Kernels* table : supported_kernels())
    for (const std::int64_t rows : {0, 1, 3})
      for (const std::int64_t columns : kLengths)
        for (const std::int64_t step : {1, 2, 3, 4})
          for (const std::int64_t slack : {0, 5}) {
            CAPTURE(std::string(table->name));
            CAPTURE(columns);
            CAPTURE(step);
            // The last value of a row has no neighbour behind it where slack is 0.
            const std::int64_t x_row = columns + 1,
                               y_row = std::max<std::int64_t>(columns * step - step + 1, 0) + slack;
            const Values x = numbers(rows * x_row, "x");
            Values y = numbers(rows * y_row + 1, "y"), expected = y;
            for (std::int64_t i = 0; i < rows * y_row; i += 3) y[at(i)] = expected[at(i)] = kNan;
            for (std::int64_t r = 0; r < rows; ++r)
              for (std::int64_t c = 0; c < columns; ++c) expected[at(1 + r * y_row + c * step)] = x[at(r * x_row + c)];
            table->spread_rows(rows, columns, x.data(), x_row, y.data() + 1, y_row, step);
            REQUIRE(same_bits(y, expected));
          }
}

/// Numbers with many equal ones, and where `specials`, infinities, zeros of both signs and NaN.
Values windows_of(std::int64_t n, bool specials) {
  constexpr Real kSpecial[] = {kNan, -kInf, -kInf, Real(0), -Real(0), kInf, -kInf, -kInf};
  const Stream s(12, "windows");
  Values v(at(n));
  for (std::size_t i = 0; i < v.size(); ++i) {
    v[i] = static_cast<Real>(s.below(5, 3 * i)) - 2;
    if (specials && s.below(4, 3 * i + 1) == 0) v[i] = kSpecial[s.below(8, 3 * i + 2)];
  }
  return v;
}

struct Largest {
  Real value;
  std::int32_t place;
};

/// The first of the largest; of several NaN the last, as in PyTorch.
Largest largest(const Real* x, std::int64_t x_row, std::int64_t size) {
  Largest best = {x[0], 0};
  for (std::int64_t i = 1; i < size * size; ++i) {
    const Real value = x[i / size * x_row + i % size];
    if (value > best.value || value != value) best = {value, static_cast<std::int32_t>(i)};
  }
  return best;
}

TEST_CASE("max_windows: the first of the largest, NaN where the window has one") {
  for (const Kernels* table : supported_kernels())
    for (const std::int64_t size : {1, 2, 3, 4, 5, 7})
      for (const std::int64_t n : kLengths)
        for (const bool specials : {false, true}) {
          CAPTURE(std::string(table->name));
          CAPTURE(size);
          CAPTURE(n);
          const std::int64_t x_row = n * size + 3;
          const Values x = windows_of(size * x_row, specials);
          Values y(at(n + 2), kGuard), expected_y = y;
          std::vector<std::int32_t> which(at(n + 2), -1), expected_which = which;
          for (std::int64_t i = 0; i < n; ++i) {
            const Largest best = largest(x.data() + i * size, x_row, size);
            expected_y[at(i + 1)] = best.value;
            expected_which[at(i + 1)] = best.place;
          }
          table->max_windows(n, size, x.data(), x_row, y.data() + 1, which.data() + 1);
          REQUIRE(same_bits(y, expected_y));
          REQUIRE(which == expected_which);
        }
}

TEST_CASE("max_windows_backward: the gradient where the largest stood, zeros beside it") {
  for (const Kernels* table : supported_kernels())
    for (const std::int64_t size : {1, 2, 3, 4, 5, 7})
      for (const std::int64_t n : kLengths) {
        CAPTURE(std::string(table->name));
        CAPTURE(size);
        CAPTURE(n);
        const std::int64_t dx_row = n * size + 3;
        const Stream s(13, "which");
        std::vector<std::int32_t> which;
        for (std::int64_t i = 0; i < n; ++i)
          which.push_back(static_cast<std::int32_t>(s.below(static_cast<std::uint64_t>(size * size), at(i))));
        Values dy = numbers(n, "dy");
        for (std::size_t i = 0; i < dy.size(); i += 5) dy[i] = kNan;  // goes where its window's largest stood, only
        Values dx(at(size * dx_row + 1), kGuard), expected = dx;
        for (std::int64_t u = 0; u < size; ++u)
          for (std::int64_t j = 0; j < n * size; ++j)
            expected[at(1 + u * dx_row + j)] = which[at(j / size)] == u * size + j % size ? dy[at(j / size)] : Real(0);
        table->max_windows_backward(n, size, dy.data(), which.data(), dx.data() + 1, dx_row);
        REQUIRE(same_bits(dx, expected));
      }
}

}  // namespace
}  // namespace ek
