// Arithmetic element by element. Compiled once per instruction set.
#include <cstdint>

#include "evenkeel/core/base/real.h"
#include "evenkeel/core/kernels/each.h"
#include "evenkeel/core/kernels/parts.h"

namespace ek::EVENKEEL_TABLE {

void add(std::int64_t n, const Real* a, const Real* b, Real* y) {
  each(n, {a, b}, y, [](auto va, auto vb) { return va + vb; });
}

void mul(std::int64_t n, const Real* a, const Real* b, Real* y) {
  each(n, {a, b}, y, [](auto va, auto vb) { return va * vb; });
}

void scale_shift(std::int64_t n, const Real* x, Real scale, Real shift, Real* y) {
  each(n, {x}, y, [=](auto v) { return v * scale + shift; });
}

void relu(std::int64_t n, const Real* x, Real* y) {
  each(n, {x}, y, [](auto v) { return max0(v); });
}

void add_relu(std::int64_t n, const Real* a, const Real* b, Real* y) {
  each(n, {a, b}, y, [](auto va, auto vb) { return max0(va + vb); });
}

void relu_backward(std::int64_t n, const Real* y, const Real* dy, Real* dx) {
  each(n, {y, dy}, dx, [](auto v, auto g) { return masked(v, g); });
}

void copy_rows(std::int64_t rows, std::int64_t columns, const Real* x, std::int64_t x_row, Real* y,
               std::int64_t y_row) {
  for (std::int64_t r = 0; r < rows; ++r, x += x_row, y += y_row)
    each(columns, {x}, y, [](auto v) { return v; });
}

}  // namespace ek::EVENKEEL_TABLE
