// The kernels, each compiled once per instruction set into a namespace of that name.
#pragma once

#include <type_traits>

#include "evenkeel/core/kernels/kernels.h"

#ifdef EVENKEEL_TABLE
namespace ek::EVENKEEL_TABLE {

/// Declares a function with the type that the table gives it.
template <typename Pointer>
using Function = std::remove_pointer_t<Pointer>;

Function<decltype(Kernels::add)> add;
Function<decltype(Kernels::mul)> mul;
Function<decltype(Kernels::scale_shift)> scale_shift;
Function<decltype(Kernels::relu)> relu;
Function<decltype(Kernels::add_relu)> add_relu;
Function<decltype(Kernels::relu_backward)> relu_backward;
Function<decltype(Kernels::sum)> sum;
Function<decltype(Kernels::moments)> moments;
Function<decltype(Kernels::normalize)> normalize;
Function<decltype(Kernels::normalize_mask)> normalize_mask;
Function<decltype(Kernels::normalize_sums)> normalize_sums;
Function<decltype(Kernels::normalize_backward)> normalize_backward;
Function<decltype(Kernels::tile_product)> tile_product;
Function<decltype(Kernels::indirect_product)> indirect_product;
Function<decltype(Kernels::prefetching_product)> prefetching_product;
Function<decltype(Kernels::shifted_product)> shifted_product;
Function<decltype(Kernels::row_dots)> row_dots;
Function<decltype(Kernels::copy_rows)> copy_rows;
Function<decltype(Kernels::max_windows)> max_windows;
Function<decltype(Kernels::max_windows_backward)> max_windows_backward;
Function<decltype(Kernels::mean_windows)> mean_windows;
Function<decltype(Kernels::mean_windows_backward)> mean_windows_backward;
Function<decltype(Kernels::transpose)> transpose;
Function<decltype(Kernels::winograd_image)> winograd_image;
Function<decltype(Kernels::winograd_result)> winograd_result;
Function<decltype(Kernels::winograd_gradient)> winograd_gradient;
Function<decltype(Kernels::winograd_weight)> winograd_weight;
Function<decltype(Kernels::winograd_weight_gradient)> winograd_weight_gradient;
Function<decltype(Kernels::winograd_rows_image)> winograd_rows_image;
Function<decltype(Kernels::winograd_rows_result)> winograd_rows_result;
Function<decltype(Kernels::sgd)> sgd;
Function<decltype(Kernels::adam)> adam;

}  // namespace ek::EVENKEEL_TABLE
#endif
