// Pooling: the largest value and the mean of windows, and their gradients. Compiled once per instruction set.
#include <cmath>
#include <cstdint>
#include <cstring>
#include <utility>

#include "evenkeel/core/base/real.h"
#include "evenkeel/core/kernels/kernels.h"
#include "evenkeel/core/kernels/parts.h"
#include "evenkeel/core/kernels/vec.h"

namespace ek {
namespace {

/// A value and a place of kLanes windows.
template <int kLanes>
struct Lanes {
  typedef Real Values __attribute__((vector_size(kLanes * sizeof(Real))));
  typedef std::uint16_t Places __attribute__((vector_size(kLanes * sizeof(std::uint16_t))));
};

/// column[v][j] = x[j kColumns + v]
template <int kColumns, int... J>
inline void load_columns(const Real* x, typename Lanes<sizeof...(J)>::Values* column,
                         std::integer_sequence<int, J...> lanes) {
  if constexpr (kColumns == 1) {
    std::memcpy(column, x, sizeof *column);
  } else {
    constexpr int kHalf = kColumns / 2;
    typename Lanes<sizeof...(J)>::Values low[kHalf], high[kHalf];
    load_columns<kHalf>(x, low, lanes);
    load_columns<kHalf>(x + kHalf * sizeof...(J), high, lanes);
    for (int v = 0; v < kHalf; ++v) {
      column[v] = __builtin_shufflevector(low[v], high[v], (2 * J)...);
      column[kHalf + v] = __builtin_shufflevector(low[v], high[v], (2 * J + 1)...);
    }
  }
}

// Loop nest of max_windows, from the outside:
//   rows of windows                     all in one call: with 4 to 16 windows in a row, a call for each would cost as much
//     windows in groups of kLanes       then of half as many, down to one
//       rows, columns of a window       each lane compares one value with its largest so far
// kSize is that of square windows side by side, whose columns come from whole vectors; 0 stands for any others.

template <int kLanes, int kSize>
inline void max_group(const WindowBlock& w, std::int64_t place_row, const Real* x, Real* y,
                      std::uint16_t* place) {
  using Values = typename Lanes<kLanes>::Values;
  const std::int64_t height = kSize ? kSize : w.height;
  Values best = Values{} - INFINITY;
  auto best_at = best > 0;
  auto compare = [&](Values value, std::int64_t at) {
    const auto here = decltype(best_at){} + static_cast<std::int32_t>(at);
    best_at = value > best ? here : best_at;
    best = value > best ? value : best;
    best_at = value != value ? here : best_at;  // NaN is the largest, and stays
    best = value != value ? value : best;
  };
  for (std::int64_t u = 0; u < height; ++u, x += w.x_row)
    if constexpr (kSize > 0) {
      Values column[kSize];
      load_columns<kSize>(x, column, std::make_integer_sequence<int, kLanes>());
      for (int v = 0; v < kSize; ++v) compare(column[v], u * place_row + v);
    } else {
      for (std::int64_t v = 0; v < w.width; ++v) {
        Values value;
        for (int j = 0; j < kLanes; ++j) value[j] = x[j * w.step + v];
        compare(value, u * place_row + v);
      }
    }
  const auto places = __builtin_convertvector(best_at, typename Lanes<kLanes>::Places);
  std::memcpy(y, &best, sizeof best);
  std::memcpy(place, &places, sizeof places);
}

template <int kLanes, int kSize>
inline void max_row(const WindowBlock& w, std::int64_t place_row, std::int64_t from, const Real* x,
                    Real* y, std::uint16_t* place) {
  for (; from + kLanes <= w.columns; from += kLanes)
    max_group<kLanes, kSize>(w, place_row, x + from * (kSize ? kSize : w.step), y + from,
                             place + from);
  if constexpr (kLanes > 1)
    if (from < w.columns) max_row<kLanes / 2, kSize>(w, place_row, from, x, y, place);
}

template <int kSize>
void max_rows(const WindowBlock& w, std::int64_t place_row, const Real* x, Real* y,
              std::uint16_t* place) {
  for (std::int64_t i = 0; i < w.rows; ++i, x += w.row_step, y += w.y_row, place += w.y_row)
    max_row<kL, kSize>(w, place_row, 0, x, y, place);
}

/// kWindows at a time: their sums do not wait for each other. What rows further on need comes from memory meanwhile: where
/// the step leaves rows of x out, the processor does not foresee it.
template <int kWindows>
inline void mean_row(const WindowBlock& w, std::int64_t from, const Real* x, Real* y) {
  for (; from + kWindows <= w.columns; from += kWindows) {
    __builtin_prefetch(x + from * w.step + 8 * w.row_step);
    double sum[kWindows] = {};
    for (std::int64_t u = 0; u < w.height; ++u)
      for (std::int64_t v = 0; v < w.width; ++v)
        for (int j = 0; j < kWindows; ++j) sum[j] += x[u * w.x_row + (from + j) * w.step + v];
    for (int j = 0; j < kWindows; ++j)
      y[from + j] = static_cast<Real>(sum[j] / static_cast<double>(w.count));
  }
  if constexpr (kWindows > 1) mean_row<1>(w, from, x, y);
}

}  // namespace

namespace EVENKEEL_TABLE {

void max_windows(const WindowBlock& w, std::int64_t place_row, const Real* x, Real* y,
                 std::uint16_t* place) {
  const bool side_by_side = w.height == w.width && w.width == w.step;
  if (side_by_side && w.step == 2) return max_rows<2>(w, place_row, x, y, place);
  if (side_by_side && w.step == 4) return max_rows<4>(w, place_row, x, y, place);
  max_rows<0>(w, place_row, x, y, place);
}

void max_windows_backward(const WindowBlock& w, const std::int64_t* offset, const Real* dy,
                          const std::uint16_t* place, Real* dx) {
  for (std::int64_t i = 0; i < w.rows; ++i, dx += w.row_step, dy += w.y_row, place += w.y_row)
    for (std::int64_t j = 0; j < w.columns; ++j) dx[j * w.step + offset[place[j]]] += dy[j];
}

void mean_windows(const WindowBlock& w, const Real* x, Real* y) {
  for (std::int64_t i = 0; i < w.rows; ++i) mean_row<8>(w, 0, x + i * w.row_step, y + i * w.y_row);
}

void mean_windows_backward(const WindowBlock& w, const Real* dy, Real* dx) {
  for (std::int64_t i = 0; i < w.rows; ++i)
    for (std::int64_t j = 0; j < w.columns; ++j) {
      const Real share = dy[i * w.y_row + j] / static_cast<Real>(w.count);
      for (std::int64_t u = 0; u < w.height; ++u)
        for (std::int64_t v = 0; v < w.width; ++v)
          dx[i * w.row_step + j * w.step + u * w.x_row + v] += share;
    }
}

}  // namespace EVENKEEL_TABLE
}  // namespace ek
