// Two-dimensional convolution (cross-correlation, as everywhere in deep learning).
#pragma once

#include "evenkeel/core/base/conv_shape.h"
#include "evenkeel/core/tensor/tensor.h"

namespace ek {

/// y[n,o,i,j] = b[o] + sum over c,u,v of w[o,c,u,v] x[n,c, i*stride + u*dilation - padding, ...]
/// dx[n,c,k,l] = sum over o and all (i, u), (j, v) that read this pixel of w[o,c,u,v] dy[n,o,i,j]
/// dw[o,c,u,v] = sum over n,i,j of dy[n,o,i,j] x[n,c, i*stride + u*dilation - padding, ...],  db[o] = sum over n,i,j of dy
/// x [N, C, H, W], weight [O, C/groups, KH, KW], bias [O] or empty -> [N, O, OH, OW],
/// OH = (H + 2 padding - dilation (KH - 1) - 1) / stride + 1. Output channel o sees the channels of its group
/// only. Throws std::invalid_argument where shapes and options do not fit together.
Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
              const Conv2dOptions& options = {});

}  // namespace ek
