// Winograd's convolution F(4x4, 3x3) [Lavin2016]: a quarter of the multiplications.
#pragma once

#include "evenkeel/core/base/conv_shape.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/fast/epilogue.h"
#include "evenkeel/core/tensor/tensor.h"

namespace ek {

/// False with EVENKEEL_WINOGRAD=0 in the environment.
bool winograd_enabled();

/// Which convolutions it takes, if enabled: 3x3, stride 1, one group, no dilation, channels that fill whole vectors.
bool winograd_takes(const ConvShape& s);

/// x [N, C, H, W], weight [O, C, 3, 3] -> y [N, O, OH, OW], written.
void winograd_forward(const ConvShape& s, const Real* x, const Tensor& weight, const Epilogue& then,
                      Real* y);

/// dweight [O, C, 3, 3], written.
void winograd_weight_gradient(const ConvShape& s, const Tensor& x, const Tensor& dy,
                              Tensor& dweight);

}  // namespace ek
