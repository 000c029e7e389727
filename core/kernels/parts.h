// The kernels that stand in files of their own, each compiled once per instruction set into a namespace of that name.
#pragma once

#include <type_traits>

#include "evenkeel/core/kernels/kernels.h"

#ifdef EVENKEEL_TABLE
namespace ek::EVENKEEL_TABLE {

/// Declares a function with the type that the table gives it.
template <typename Pointer>
using Function = std::remove_pointer_t<Pointer>;

Function<decltype(Kernels::tile_product)> tile_product;
Function<decltype(Kernels::indirect_product)> indirect_product;
Function<decltype(Kernels::shifted_product)> shifted_product;
Function<decltype(Kernels::row_dots)> row_dots;
Function<decltype(Kernels::transpose)> transpose;
Function<decltype(Kernels::max_windows)> max_windows;
Function<decltype(Kernels::max_windows_backward)> max_windows_backward;
Function<decltype(Kernels::mean_windows)> mean_windows;
Function<decltype(Kernels::mean_windows_backward)> mean_windows_backward;
Function<decltype(Kernels::winograd_image)> winograd_image, winograd_gradient;
Function<decltype(Kernels::winograd_result)> winograd_result;
Function<decltype(Kernels::winograd_weight)> winograd_weight, winograd_weight_gradient;
Function<decltype(Kernels::winograd_rows_image)> winograd_rows_image;
Function<decltype(Kernels::winograd_rows_result)> winograd_rows_result;

}  // namespace ek::EVENKEEL_TABLE
#endif
