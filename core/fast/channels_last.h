// Images with the channels last, in the small pieces that a convolution works on. Tensors are NCHW; between reading
// and writing them, the kernels want the channels of a pixel side by side.
#pragma once

#include <cstdint>

#include "evenkeel/core/base/conv_shape.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/kernels/kernels.h"
#include "evenkeel/core/tensor/tensor.h"

namespace ek {

/// `channels`, rounded up to what the kernels take.
inline std::int64_t padded_channels(std::int64_t channels) {
  return (channels + kChannelBlock - 1) / kChannelBlock * kChannelBlock;
}

/// Rows from row_begin on of one image x [C, H, W] (they may lie outside of it), each with `left` zeros
/// before and enough behind to make `columns` pixels -> to [rows, columns, C].
void pack_rows(const Real* x, std::int64_t channels, std::int64_t height, std::int64_t width,
               std::int64_t row_begin, std::int64_t rows, std::int64_t left, std::int64_t columns,
               Real* to);

/// weight [O, C, KH, KW] -> [C, O, KH, KW], each kernel turned by 180 degrees. The gradient of a convolution with
/// stride 1 for its input is the convolution of dy with this weight.
Tensor mirrored(const Tensor& weight);

/// The convolution that mirrored(weight) takes part in: dy [N, O, OH, OW] -> dx [N, C, H, W].
/// Its padding has a meaning for stride 1 and a padding below the kernel's size, its other sizes always.
ConvShape mirrored(const ConvShape& s);

}  // namespace ek
