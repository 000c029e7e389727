// The table of kernels of one instruction set, which EVENKEEL_TABLE names. Beside each entry, the file that it lives in.
#include "evenkeel/core/kernels/kernels.h"
#include "evenkeel/core/kernels/parts.h"

#define EVENKEEL_JOIN2(a, b) a##b
#define EVENKEEL_JOIN(a, b) EVENKEEL_JOIN2(a, b)
#define EVENKEEL_QUOTE2(a) #a
#define EVENKEEL_QUOTE(a) EVENKEEL_QUOTE2(a)

namespace ek {

using namespace EVENKEEL_TABLE;
extern const Kernels EVENKEEL_JOIN(kernels_, EVENKEEL_TABLE);

// clang-format off
const Kernels EVENKEEL_JOIN(kernels_, EVENKEEL_TABLE) = {
    .name = EVENKEEL_QUOTE(EVENKEEL_TABLE),
    .add = add,                                              // elementwise.cpp
    .mul = mul,                                              // elementwise.cpp
    .scale_shift = scale_shift,                              // elementwise.cpp
    .relu = relu,                                            // elementwise.cpp
    .add_relu = add_relu,                                    // elementwise.cpp
    .relu_backward = relu_backward,                          // elementwise.cpp
    .sum = sum,                                              // sums.cpp
    .moments = moments,                                      // sums.cpp
    .normalize = normalize,                                  // normalize.cpp
    .normalize_mask = normalize_mask,                        // normalize.cpp
    .normalize_sums = normalize_sums,                        // normalize.cpp
    .normalize_backward = normalize_backward,                // normalize.cpp
    .tile_product = tile_product,                            // tiles.cpp
    .indirect_product = indirect_product,                    // tiles.cpp
    .prefetching_product = prefetching_product,              // prefetching.cpp
    .shifted_product = shifted_product,                      // shifted.cpp
    .row_dots = row_dots,                                    // dots.cpp
    .copy_rows = copy_rows,                                  // elementwise.cpp
    .max_windows = max_windows,                              // windows.cpp
    .max_windows_backward = max_windows_backward,            // windows.cpp
    .mean_windows = mean_windows,                            // windows.cpp
    .mean_windows_backward = mean_windows_backward,          // windows.cpp
    .transpose = transpose,                                  // transpose.cpp
    .winograd_image = winograd_image,                        // winograd.cpp
    .winograd_result = winograd_result,                      // winograd.cpp
    .winograd_gradient = winograd_gradient,                  // winograd.cpp
    .winograd_weight = winograd_weight,                      // winograd.cpp
    .winograd_weight_gradient = winograd_weight_gradient,    // winograd.cpp
    .winograd_rows_image = winograd_rows_image,              // winograd.cpp
    .winograd_rows_result = winograd_rows_result,            // winograd.cpp
    .sgd = sgd,                                              // optimizers.cpp
    .adam = adam,                                            // optimizers.cpp
};
// clang-format on

}  // namespace ek
