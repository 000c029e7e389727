// The kernels that stand in files of their own, each compiled once per instruction set into a namespace of that name.
#pragma once

#include "core/kernels/kernels.h"

#ifdef EVENKEEL_TABLE
namespace ek::EVENKEEL_TABLE {

void tile_product(const TileProduct& product);
void shifted_product(const ShiftedProduct& product);
void shifted_dots(const ShiftedDots& dots);
void transpose(std::int64_t rows, std::int64_t columns, const Real* x, std::int64_t x_row, Real* y, std::int64_t y_row);
void max_windows(const WindowBlock& w, std::int64_t place_row, const Real* x, Real* y, std::uint16_t* place);
void max_windows_backward(const WindowBlock& w, const std::int64_t* offset, const Real* dy, const std::uint16_t* place,
                          Real* dx);
void mean_windows(const WindowBlock& w, const Real* x, Real* y);
void mean_windows_backward(const WindowBlock& w, const Real* dy, Real* dx);
void winograd_image(std::int64_t channels, const Real* x, std::int64_t x_row, std::int64_t x_column, Real* v,
                    std::int64_t v_position);
void winograd_result(std::int64_t channels, const Real* m, std::int64_t m_position, const Real* bias, bool relu,
                     Real* y, std::int64_t y_row, std::int64_t y_column);
void winograd_gradient(std::int64_t channels, const Real* dy, std::int64_t dy_row, std::int64_t dy_column, Real* dm,
                       std::int64_t dm_position);
void winograd_weight(std::int64_t channels, const Real* w, std::int64_t w_tap, Real* u, std::int64_t u_position);
void winograd_weight_gradient(std::int64_t channels, const Real* du, std::int64_t du_position, Real* dw,
                              std::int64_t dw_tap);

}  // namespace ek::EVENKEEL_TABLE
#endif
