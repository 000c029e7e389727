// The kernels that move rows of images and take the largest and the mean of windows: on every table what plain loops
// give, to the bit, and nothing written beside it.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/kernels/dispatch.h"
#include "evenkeel/core/kernels/kernels.h"
#include "evenkeel/core/ops/random.h"
#include "tests/support/values.h"

namespace ek {
namespace {

constexpr Real kNan = std::numeric_limits<Real>::quiet_NaN();
constexpr Real kInf = std::numeric_limits<Real>::infinity();

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

const std::vector<std::int64_t> kLengths = {0,  1,  2,  3,  4,  5,  7,  8,  9,  12, 15, 16,
                                            17, 18, 24, 31, 32, 33, 34, 47, 48, 49, 63, 65};

TEST_CASE("copy_rows, with any distance between the rows") {
  for (const Kernels* table : supported_kernels())
    for (const std::int64_t rows : {0, 1, 3})
      for (const std::int64_t columns : kLengths) {
        CAPTURE(std::string(table->name));
        CAPTURE(columns);
        const std::int64_t x_row = columns + 1, y_row = columns + 2;
        const Values x = numbers(rows * x_row, "x");
        Values y(at(rows * y_row + 1), kGuard), expected = y;
        for (std::int64_t r = 0; r < rows; ++r)
          for (std::int64_t c = 0; c < columns; ++c)
            expected[at(1 + r * y_row + c)] = x[at(r * x_row + c)];
        table->copy_rows(rows, columns, x.data(), x_row, y.data() + 1, y_row);
        REQUIRE(y == expected);
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
  std::int64_t place;
};

/// The first of the largest; of several NaN the last, as in PyTorch.
Largest largest(const Real* x, const WindowBlock& w) {
  Largest best = {x[0], 0};
  for (std::int64_t i = 1; i < w.height * w.width; ++i) {
    const Real value = x[i / w.width * w.x_row + i % w.width];
    if (value > best.value || value != value) best = {value, i};
  }
  return best;
}

/// Blocks of windows: side by side, apart, overlapping, on rows of all lengths.
template <typename Check>
void for_each_block(Check check) {
  for (const Kernels* table : supported_kernels())
    for (const std::int64_t height : {1, 2, 3, 4})
      for (const std::int64_t width : {1, 2, 3, 4, 7})
        for (const std::int64_t step : {1, 2, 3, 4, 9})
          for (const std::int64_t columns : kLengths) {
            const std::int64_t rows = columns % 4,
                               x_row = std::max<std::int64_t>(columns - 1, 0) * step + width + 2;
            const WindowBlock w = {rows,  (step + 1) * x_row, columns, step, height, width,
                                   x_row, columns + 1,        5};
            CAPTURE(std::string(table->name));
            CAPTURE(height);
            CAPTURE(width);
            CAPTURE(step);
            CAPTURE(columns);
            check(*table, w, rows * w.row_step + height * x_row);
          }
}

TEST_CASE("max_windows: the first of the largest, NaN where the window has one") {
  for (const bool specials : {false, true})
    for_each_block([&](const Kernels& table, const WindowBlock& w, std::int64_t x_size) {
      const Values x = windows_of(x_size, specials);
      const std::int64_t place_row = w.width + 3;
      Values y(at(w.rows * w.y_row + 2), kGuard), expected_y = y;
      std::vector<std::uint16_t> place(y.size(), 999), expected_place = place;
      for (std::int64_t i = 0; i < w.rows; ++i)
        for (std::int64_t j = 0; j < w.columns; ++j) {
          const Largest best = largest(x.data() + i * w.row_step + j * w.step, w);
          expected_y[at(1 + i * w.y_row + j)] = best.value;
          expected_place[at(1 + i * w.y_row + j)] =
              static_cast<std::uint16_t>(best.place / w.width * place_row + best.place % w.width);
        }
      table.max_windows(w, place_row, x.data(), y.data() + 1, place.data() + 1);
      REQUIRE(same_bits(y, expected_y));
      REQUIRE(place == expected_place);
    });
}

TEST_CASE("max_windows_backward: the gradient is added where the largest stood, and nowhere else") {
  for_each_block([](const Kernels& table, const WindowBlock& w, std::int64_t x_size) {
    std::vector<std::int64_t> offset;
    for (std::int64_t i = 0; i < w.height * w.width; ++i)
      offset.push_back(i / w.width * w.x_row + i % w.width);
    const Stream s(13, "place");
    std::vector<std::uint16_t> place(at(w.rows * w.y_row));
    for (std::size_t i = 0; i < place.size(); ++i)
      place[i] = static_cast<std::uint16_t>(s.below(offset.size(), i));
    const Values dy = numbers(w.rows * w.y_row, "dy");
    Values dx = numbers(x_size, "dx"), expected = dx;
    for (std::int64_t i = 0; i < w.rows; ++i)
      for (std::int64_t j = 0; j < w.columns; ++j)
        expected[at(i * w.row_step + j * w.step + offset[place[at(i * w.y_row + j)]])] +=
            dy[at(i * w.y_row + j)];
    table.max_windows_backward(w, offset.data(), dy.data(), place.data(), dx.data());
    REQUIRE(same_bits(dx, expected));
  });
}

TEST_CASE("mean_windows: a sum in double, row by row, and its gradient") {
  for_each_block([](const Kernels& table, const WindowBlock& w, std::int64_t x_size) {
    const Values x = numbers(x_size, "x"), dy = numbers(w.rows * w.y_row, "dy");
    Values y(dy.size(), kGuard), expected_y = y, dx = numbers(x_size, "dx"), expected_dx = dx;
    for (std::int64_t i = 0; i < w.rows; ++i)
      for (std::int64_t j = 0; j < w.columns; ++j) {
        const std::size_t to = at(i * w.y_row + j);
        double sum = 0;
        for (std::int64_t k = 0; k < w.height * w.width; ++k) {
          const std::size_t from =
              at(i * w.row_step + j * w.step + k / w.width * w.x_row + k % w.width);
          sum += x[from];
          expected_dx[from] += dy[to] / static_cast<Real>(w.count);
        }
        expected_y[to] = static_cast<Real>(sum / static_cast<double>(w.count));
      }
    table.mean_windows(w, x.data(), y.data());
    table.mean_windows_backward(w, dy.data(), dx.data());
    REQUIRE(same_bits(y, expected_y));
    REQUIRE(same_bits(dx, expected_dx));
  });
}

}  // namespace
}  // namespace ek
