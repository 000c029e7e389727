// The table of flat loops. Each is compiled once per instruction set from one source, which table.cpp names, and
// dispatch.h hands out the best table that this CPU can run. Every variant gives the same bits: sums are kept
// in a fixed number of partial sums whatever the vector width, and multiplication and addition are never
// contracted into one rounding. Except in tile_product, indirect_product, shifted_product and row_dots: their sums are
// chains of fused multiply-adds, with the same bits on every table that has the instruction; a baseline without it rounds
// twice.
#pragma once

#include <cstdint>

#include "evenkeel/core/base/real.h"

namespace ek {

/// Sum and sum of squares of (x - shift), or of two products; in double.
struct DoubleSums {
  double first, second;
};

/// What one row of a normalization needs: xhat = ((x - mean_hi) - mean_lo) rstd, a mean of twice Real's precision
/// (see normalize.cpp), y = xhat weight + bias and, with relu, max(y, 0).
struct NormRow {
  Real mean_hi, mean_lo, rstd, weight, bias;
  bool relu;
};

struct SgdStep {
  Real lr, momentum, gradient_share,
      weight_decay;  // gradient_share: 1 - dampening; 1 for the first step, from zeros
  bool nesterov;
};

struct AdamStep {
  Real
      step_size;  // lr / (1 - beta1^t), and both this and eps times sqrt(1 - beta2^t), which spares a division
  Real beta1, one_minus_beta1, beta2, one_minus_beta2, eps;
  Real weight_decay;  // Adam: added to the gradient
  Real shrink;        // AdamW: 1 - lr * decay, a factor on the weight; 1 for none
};

/// A matrix as it lies in memory: element (i, j) is values[i row + j column].
struct MatrixView {
  const Real* values;
  std::int64_t row, column;
};

/// What is to be prefetched: of each of `count` arrays, element (i, j) of a matrix as large as C, at first + i row + j.
struct PrefetchAhead {
  const Real* const* arrays;
  std::int64_t count, first, row;
};

/// C [m, n] = (or, with add, +=) A [m, k] B [k, n]; rows of B and C lie together. REQUIRES: n is a multiple of
/// kChannelBlock.
struct TileProduct {
  std::int64_t m, n, k;
  MatrixView a;
  const Real* b;
  std::int64_t b_row;
  Real* c;
  std::int64_t c_row;
  bool add = false;
};

/// The same, and `ahead` is prefetched meanwhile.
struct PrefetchingProduct : TileProduct {
  PrefetchAhead ahead;
};

/// The same with A's element (i, j) at a.values[row[i] + column[j]].
struct IndirectProduct : TileProduct {
  const std::int64_t *row, *column;  // [m], [k]
};

/// Planes of pixels: pixel (y, q) of channel o is values[o channel + y row + q].
template <typename Value>
struct PlaneView {
  Value* values;
  std::int64_t channel, row;
};

/// Products of a plane with itself shifted: c[o, y, q] = bias[o] + sum over i < k of weight[i, o] x[offset[i] + (y, q)],
/// with relu max(that, 0), for o < kOutBlock, y < rows, q < columns. REQUIRES: columns >= kChannelBlock.
struct ShiftedProduct {
  std::int64_t rows, columns, k;
  bool relu;
  const Real *weight, *bias;  // [k, kOutBlock], [kOutBlock]
  PlaneView<const Real> x;
  const std::int64_t* offset;  // [k]
  PlaneView<Real> c;
};

/// C [m, n]: c[i, j] = sum over k of a[i a_row + k] b[j b_row + k]. REQUIRES: k is a multiple of kChannelBlock.
struct RowDots {
  std::int64_t m, n, k;
  const Real* a;
  std::int64_t a_row;
  const Real* b;
  std::int64_t b_row;
  Real* c;
};

/// Windows of an image, `columns` in each of `rows` rows. In x, window (i, j) has its first value at i row_step + j step,
/// and height x width of them, x_row from row to row; in y it is the value at i y_row + j.
struct WindowBlock {
  std::int64_t rows, row_step, columns, step, height, width, x_row, y_row;
  std::int64_t count;  // by which a mean divides
};

/// Output channels that a ShiftedProduct makes at once.
inline constexpr std::int64_t kOutBlock = 8;

/// Numbers of channels that kernels with the channels last take are multiples of this.
inline constexpr std::int64_t kChannelBlock = 16;

/// n is a number of elements; pointers need no alignment; an output may be the same array as an input.
struct Kernels {
  const char* name;
  void (*add)(std::int64_t n, const Real* a, const Real* b, Real* y);
  void (*mul)(std::int64_t n, const Real* a, const Real* b, Real* y);
  void (*scale_shift)(std::int64_t n, const Real* x, Real scale, Real shift,
                      Real* y);  // y = scale x + shift
  void (*relu)(std::int64_t n, const Real* x, Real* y);
  void (*add_relu)(std::int64_t n, const Real* a, const Real* b, Real* y);  // y = max(a + b, 0)
  /// dx = 0 where y <= 0, else dy
  void (*relu_backward)(std::int64_t n, const Real* y, const Real* dy, Real* dx);
  double (*sum)(std::int64_t n, const Real* x);
  DoubleSums (*moments)(std::int64_t n, const Real* x,
                        Real shift);  // sum (x-shift), sum (x-shift)^2
  /// y, + residual if that is not null, before the relu
  void (*normalize)(std::int64_t n, const Real* x, const NormRow& row, const Real* residual,
                    Real* y);
  /// g = dy where xhat weight + bias + residual is above 0, else 0
  void (*normalize_mask)(std::int64_t n, const Real* x, const NormRow& row, const Real* residual,
                         const Real* dy, Real* g);
  /// sum g, sum g xhat, with g = dy, or where relu has cut y off, 0
  DoubleSums (*normalize_sums)(std::int64_t n, const Real* x, const Real* dy, const NormRow& row);
  /// dx = (g weight - mean_g - xhat mean_gx) rstd
  void (*normalize_backward)(std::int64_t n, const Real* x, const Real* dy, const NormRow& row,
                             Real mean_g, Real mean_gx, Real* dx);
  void (*tile_product)(const TileProduct& product);
  void (*indirect_product)(const IndirectProduct& product);
  void (*prefetching_product)(const PrefetchingProduct& product);
  void (*shifted_product)(const ShiftedProduct& product);
  void (*row_dots)(const RowDots& dots);
  /// y[r y_row + c] = x[r x_row + c]
  void (*copy_rows)(std::int64_t rows, std::int64_t columns, const Real* x, std::int64_t x_row,
                    Real* y, std::int64_t y_row);
  /// y = the largest value of each window, NaN where there is one; place = where in the window it stands, row place_row
  /// + column. And dx += dy there: offset[place] is the place's distance from the window's first value.
  void (*max_windows)(const WindowBlock& windows, std::int64_t place_row, const Real* x, Real* y,
                      std::uint16_t* place);
  void (*max_windows_backward)(const WindowBlock& windows, const std::int64_t* offset,
                               const Real* dy, const std::uint16_t* place, Real* dx);
  /// y = the sum of each window / count; and dx += dy / count for all its values.
  void (*mean_windows)(const WindowBlock& windows, const Real* x, Real* y);
  void (*mean_windows_backward)(const WindowBlock& windows, const Real* dy, Real* dx);
  /// y[c y_row + r] = x[r x_row + c]
  void (*transpose)(std::int64_t rows, std::int64_t columns, const Real* x, std::int64_t x_row,
                    Real* y, std::int64_t y_row);
  /// The transforms of core/fast/winograd.cpp. Channels lie together and are a multiple of kChannelBlock; x_row, x_column,
  /// w_tap and v_position are the distances between neighbouring rows, columns, weights and positions.
  void (*winograd_image)(std::int64_t channels, const Real* x, std::int64_t x_row,
                         std::int64_t x_column, Real* v, std::int64_t v_position);
  void (*winograd_result)(std::int64_t channels, const Real* m, std::int64_t m_position,
                          const Real* bias, bool relu, Real* y, std::int64_t y_row,
                          std::int64_t y_column);
  void (*winograd_gradient)(std::int64_t channels, const Real* dy, std::int64_t dy_row,
                            std::int64_t dy_column, Real* dm, std::int64_t dm_position);
  void (*winograd_weight)(std::int64_t channels, const Real* w, std::int64_t w_tap, Real* u,
                          std::int64_t u_position);
  void (*winograd_weight_gradient)(std::int64_t channels, const Real* du, std::int64_t du_position,
                                   Real* dw, std::int64_t dw_tap);
  /// The transforms of core/fast/row_winograd.cpp, of `columns` >= kChannelBlock values of a row: six rows of the image (a
  /// pointer each) -> six positions; and six positions -> the first `rows` <= 4 rows of y.
  void (*winograd_rows_image)(std::int64_t columns, const Real* const* x, Real* v,
                              std::int64_t v_position);
  void (*winograd_rows_result)(std::int64_t columns, std::int64_t rows, const Real* m,
                               std::int64_t m_position, Real bias, bool relu, Real* y,
                               std::int64_t y_row);
  void (*sgd)(std::int64_t n, const SgdStep& step, const Real* grad, Real* momentum, Real* weight);
  void (*adam)(std::int64_t n, const AdamStep& step, const Real* grad, Real* exp_avg,
               Real* exp_avg_sq, Real* weight);
};

}  // namespace ek
