// Direct convolution: products of the image's rows, as they lie in memory, with the weights. No im2col matrix.
#pragma once

#include "core/im2col.h"
#include "core/tensor.h"

namespace ek {

/// Which convolutions it takes: one group, no dilation.
bool direct_takes(const ConvShape& s);

/// x [N, C, H, W], weight [O, C, KH, KW], bias [O] or empty -> y [N, O, OH, OW], written.
void direct_forward(const ConvShape& s, const Tensor& x, const Tensor& weight, const Tensor& bias, Tensor& y);

/// dweight [O, C, KH, KW], written: sum over samples and pixels of dy x.
void direct_weight_gradient(const ConvShape& s, const Tensor& x, const Tensor& dy, Tensor& dweight);

}  // namespace ek
