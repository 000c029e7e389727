// The transforms of Winograd's convolution F(4x4, 3x3) [Lavin2016], on values with the channels last: a vector holds
// neighbouring channels of one pixel. Compiled once per instruction set. The algorithm stands in core/fast/winograd.cpp.
#include <cstdint>

#include "evenkeel/core/base/real.h"
#include "evenkeel/core/kernels/parts.h"
#include "evenkeel/core/kernels/vec.h"

namespace ek {
namespace {

// One-dimensional transforms; `out` is an array with a step.

/// B^T d: 6 values of the image -> 6
inline void image6(const Vec* d, Vec* out, int step) {
  const Vec even = d[4] - 4 * d[2], odd = d[3] - 4 * d[1], even2 = d[4] - d[2],
            odd2 = 2 * (d[3] - d[1]);
  out[0] = 4 * d[0] - 5 * d[2] + d[4];
  out[step] = even + odd;
  out[2 * step] = even - odd;
  out[3 * step] = even2 + odd2;
  out[4 * step] = even2 - odd2;
  out[5 * step] = 4 * d[1] - 5 * d[3] + d[5];
}

/// A^T m: 6 products -> 4 values of the result
inline void result4(const Vec* m, Vec* out, int step) {
  const Vec sum = m[1] + m[2], difference = m[1] - m[2], sum2 = m[3] + m[4],
            difference2 = m[3] - m[4];
  out[0] = m[0] + sum + sum2;
  out[step] = difference + 2 * difference2;
  out[2 * step] = sum + 4 * sum2;
  out[3 * step] = difference + 8 * difference2 + m[5];
}

/// A g: the transpose of result4, 4 -> 6
inline void gradient6(const Vec* g, Vec* out, int step) {
  const Vec even = g[0] + g[2], odd = g[1] + g[3], even2 = g[0] + 4 * g[2],
            odd2 = 2 * g[1] + 8 * g[3];
  out[0] = g[0];
  out[step] = even + odd;
  out[2 * step] = even - odd;
  out[3 * step] = even2 + odd2;
  out[4 * step] = even2 - odd2;
  out[5 * step] = g[3];
}

constexpr Real k6 = Real(1) / 6, k12 = Real(1) / 12, k24 = Real(1) / 24;

/// G w: 3 weights -> 6
inline void weight6(const Vec* w, Vec* out, int step) {
  const Vec even = k6 * (w[0] + w[2]), odd = k6 * w[1], even2 = k24 * w[0] + k6 * w[2],
            odd2 = k12 * w[1];
  out[0] = Real(0.25) * w[0];
  out[step] = -even - odd;
  out[2 * step] = odd - even;
  out[3 * step] = even2 + odd2;
  out[4 * step] = even2 - odd2;
  out[5 * step] = w[2];
}

/// G^T u: the transpose of weight6, 6 -> 3
inline void weight3(const Vec* u, Vec* out, int step) {
  const Vec sum = u[1] + u[2], sum2 = u[3] + u[4];
  out[0] = Real(0.25) * u[0] - k6 * sum + k24 * sum2;
  out[step] = k6 * (u[2] - u[1]) + k12 * (u[3] - u[4]);
  out[2 * step] = k6 * (sum2 - sum) + u[5];
}

/// A two-dimensional transform is the one-dimensional one on all columns, then on all rows: from In x In values to
/// Out x Out, for every vector of channels. `finish(value, channel)` is what is written.
struct AsItIs {
  Vec operator()(Vec value, std::int64_t) const { return value; }
};
template <int In, int Out, typename Transform, typename Finish = AsItIs>
inline void both_ways(std::int64_t channels, const Real* x, std::int64_t x_row,
                      std::int64_t x_column, Real* y, std::int64_t y_row, std::int64_t y_column,
                      Transform transform, Finish finish = {}) {
  for (std::int64_t c = 0; c < channels; c += kL) {
    Vec in[In], half[Out * In], out[Out];
    for (int j = 0; j < In; ++j) {
      for (int i = 0; i < In; ++i) in[i] = load(x + c + i * x_row + j * x_column);
      transform(in, half + j, In);
    }
    for (int i = 0; i < Out; ++i) {
      transform(half + i * In, out, 1);
      for (int j = 0; j < Out; ++j) store(y + c + i * y_row + j * y_column, finish(out[j], c));
    }
  }
}

/// The one-dimensional transform of six rows, for every vector of columns. A row's last vector ends with the row: what it
/// shares with the one before is written twice, with the same bits.
inline void along_rows(std::int64_t columns, const Real* const* x, auto transform, auto write) {
  for (std::int64_t q = 0; q < columns; q += kL) {
    const std::int64_t column = q + kL <= columns ? q : columns - kL;
    Vec in[6], out[6];
    for (int i = 0; i < 6; ++i) in[i] = load(x[i] + column);
    transform(in, out, 1);
    write(column, out);
  }
}

}  // namespace

namespace EVENKEEL_TABLE {

void winograd_image(std::int64_t channels, const Real* x, std::int64_t x_row, std::int64_t x_column,
                    Real* v, std::int64_t v_position) {
  both_ways<6, 6>(channels, x, x_row, x_column, v, 6 * v_position, v_position, image6);
}

void winograd_result(std::int64_t channels, const Real* m, std::int64_t m_position,
                     const Real* bias, bool relu, Real* y, std::int64_t y_row,
                     std::int64_t y_column) {
  both_ways<6, 4>(channels, m, 6 * m_position, m_position, y, y_row, y_column, result4,
                  [=](Vec value, std::int64_t c) {
                    if (bias) value += load(bias + c);
                    return relu ? max0(value) : value;
                  });
}

void winograd_gradient(std::int64_t channels, const Real* dy, std::int64_t dy_row,
                       std::int64_t dy_column, Real* dm, std::int64_t dm_position) {
  both_ways<4, 6>(channels, dy, dy_row, dy_column, dm, 6 * dm_position, dm_position, gradient6);
}

void winograd_weight(std::int64_t channels, const Real* w, std::int64_t w_tap, Real* u,
                     std::int64_t u_position) {
  both_ways<3, 6>(channels, w, 3 * w_tap, w_tap, u, 6 * u_position, u_position, weight6);
}

void winograd_weight_gradient(std::int64_t channels, const Real* du, std::int64_t du_position,
                              Real* dw, std::int64_t dw_tap) {
  both_ways<6, 3>(channels, du, 6 * du_position, du_position, dw, 3 * dw_tap, dw_tap, weight3);
}

void winograd_rows_image(std::int64_t columns, const Real* const* x, Real* v,
                         std::int64_t v_position) {
  along_rows(columns, x, image6, [=](std::int64_t column, const Vec* out) {
    for (int p = 0; p < 6; ++p) store(v + p * v_position + column, out[p]);
  });
}

void winograd_rows_result(std::int64_t columns, std::int64_t rows, const Real* m,
                          std::int64_t m_position, Real bias, bool relu, Real* y,
                          std::int64_t y_row) {
  const Real* const positions[] = {m,
                                   m + m_position,
                                   m + 2 * m_position,
                                   m + 3 * m_position,
                                   m + 4 * m_position,
                                   m + 5 * m_position};
  along_rows(columns, positions, result4, [=](std::int64_t column, const Vec* out) {
    for (int r = 0; r < 4; ++r)
      if (r < rows) store(y + r * y_row + column, relu ? max0(out[r] + bias) : out[r] + bias);
  });
}

}  // namespace EVENKEEL_TABLE
}  // namespace ek
