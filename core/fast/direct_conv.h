// Direct convolution: reads and writes NCHW, and turns nothing.
#pragma once

#include "evenkeel/core/base/conv_shape.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/fast/epilogue.h"
#include "evenkeel/core/tensor/tensor.h"

namespace ek {

/// x [N, C, H, W], weight [O, C/groups, KH, KW] -> y [N, O, OH, OW], written. REQUIRES: stride 1.
void direct_forward(const ConvShape& s, const Real* x, const Tensor& weight, const Epilogue& then,
                    Real* y);

}  // namespace ek
