// Transposition of a matrix, block by block in registers. Compiled once per instruction set.
#include <cstdint>
#include <cstring>
#include <utility>

#include "evenkeel/core/base/real.h"
#include "evenkeel/core/kernels/parts.h"
#include "evenkeel/core/kernels/vec.h"

namespace ek {
namespace {

// (a0, b0, a1, b1, ...) of the lower or upper halves, which start at kFirst.
template <int kFirst, int... I>
inline Vec zip(Vec a, Vec b, std::integer_sequence<int, I...>) {
  return __builtin_shufflevector(a, b, (kFirst + I / 2 + I % 2 * kL)...);
}

typedef Real Half __attribute__((vector_size(kVectorBytes / 2)));
template <int... I>
inline Vec join_halves(const Real* lower, const Real* upper, std::integer_sequence<int, I...>) {
  Half low, high;
  std::memcpy(&low, lower, sizeof low);
  std::memcpy(&high, upper, sizeof high);
  return __builtin_shufflevector(low, high, I...);
}
template <int... I>
inline void store_halves(Real* lower, Real* upper, Vec v, std::integer_sequence<int, I...>) {
  const Half low = __builtin_shufflevector(v, v, I...),
             high = __builtin_shufflevector(v, v, (I + kL / 2)...);
  std::memcpy(lower, &low, sizeof low);
  std::memcpy(upper, &high, sizeof high);
}

/// A block of R x C, each kL or half of it, in registers; of rows of half a vector, two fill one. Zipping the vectors of
/// the first half with those of the second turns the bits of (row, column) round by one place: after log2(R) times they
/// have changed places.
template <int R, int C>
void transpose_block(const Real* x, std::int64_t x_row, Real* y, std::int64_t y_row) {
  constexpr auto lanes = std::make_integer_sequence<int, kL>();
  constexpr int kCount = R * C / kL;
  Vec v[kCount], zipped[kCount];
  for (int i = 0; i < kCount; ++i)
    if constexpr (C == kL)
      v[i] = load(x + i * x_row);
    else
      v[i] = join_halves(x + 2 * i * x_row, x + (2 * i + 1) * x_row, lanes);
  for (int step = 1; step < R; step *= 2) {
    for (int i = 0; i < kCount / 2; ++i) {
      zipped[2 * i] = zip<0>(v[i], v[i + kCount / 2], lanes);
      zipped[2 * i + 1] = zip<kL / 2>(v[i], v[i + kCount / 2], lanes);
    }
    for (int i = 0; i < kCount; ++i) v[i] = zipped[i];
  }
  for (int i = 0; i < kCount; ++i)
    if constexpr (R == kL)
      store(y + i * y_row, v[i]);
    else
      store_halves(y + 2 * i * y_row, y + (2 * i + 1) * y_row, v[i],
                   std::make_integer_sequence<int, kL / 2>());
}

constexpr int kHalf = kL >= 8 ? kL / 2 : kL;  // narrower blocks would fill no two vectors

template <int R>
void transpose_rows(std::int64_t columns, const Real* x, std::int64_t x_row, Real* y,
                    std::int64_t y_row) {
  std::int64_t c = 0;
  for (; c + kL <= columns; c += kL) transpose_block<R, kL>(x + c, x_row, y + c * y_row, y_row);
  for (; c + kHalf <= columns; c += kHalf)
    transpose_block<R, kHalf>(x + c, x_row, y + c * y_row, y_row);
  for (; c < columns; ++c)
    for (int r = 0; r < R; ++r) y[c * y_row + r] = x[r * x_row + c];
}

}  // namespace

namespace EVENKEEL_TABLE {

void transpose(std::int64_t rows, std::int64_t columns, const Real* x, std::int64_t x_row, Real* y,
               std::int64_t y_row) {
  std::int64_t r = 0;
  for (; r + kL <= rows; r += kL) transpose_rows<kL>(columns, x + r * x_row, x_row, y + r, y_row);
  for (; r + kHalf <= rows; r += kHalf)
    transpose_rows<kHalf>(columns, x + r * x_row, x_row, y + r, y_row);
  for (; r < rows; ++r)
    for (std::int64_t c = 0; c < columns; ++c) y[c * y_row + r] = x[r * x_row + c];
}

}  // namespace EVENKEEL_TABLE
}  // namespace ek
