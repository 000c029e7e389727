// Winograd's convolution along one axis, F(4, 3) [Lavin2016]: half of the multiplications.
#pragma once

#include "evenkeel/core/base/conv_shape.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/fast/epilogue.h"
#include "evenkeel/core/tensor/tensor.h"

namespace ek {

/// Which convolutions it takes: kernels of three rows, stride 1, one group, no dilation, rows of at least kChannelBlock
/// pixels, and eight channels or more, below which the transforms cost more than they save.
/// EVENKEEL_WINOGRAD=0 in the environment: none.
bool row_winograd_takes(const ConvShape& s);

/// x [N, C, H, W], weight [O, C, 3, KW] -> y [N, O, OH, OW], written.
void row_winograd_forward(const ConvShape& s, const Real* x, const Tensor& weight,
                          const Epilogue& then, Real* y);

}  // namespace ek
