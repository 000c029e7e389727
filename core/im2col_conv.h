// Convolution by im2col: the plain way, which takes every convolution.
#pragma once

#include "core/im2col.h"
#include "core/tensor.h"

namespace ek {

/// x [N, C, H, W], weight [O, C/groups, KH, KW], bias [O] or empty -> y [N, O, OH, OW], written.
void im2col_forward(const ConvShape& s, const Tensor& x, const Tensor& weight, const Tensor& bias, Tensor& y);

/// dx [N, C, H, W], written.
void im2col_input_gradient(const ConvShape& s, const Tensor& weight, const Tensor& dy, Tensor& dx);

/// dweight [O, C/groups, KH, KW], written.
void im2col_weight_gradient(const ConvShape& s, const Tensor& x, const Tensor& dy, Tensor& dweight);

}  // namespace ek
