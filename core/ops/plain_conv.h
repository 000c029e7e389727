// A convolution and its gradients as one writes them on paper: a loop over every product, in double. It is what the fast
// ways must compute, and EVENKEEL_REFERENCE=1 in the environment makes conv2d be this.
#pragma once

#include "evenkeel/core/base/conv_shape.h"
#include "evenkeel/core/tensor/tensor.h"

namespace ek {

/// y[n,o,i,j] = b[o] + sum over c,u,v of w[o,c,u,v] x[n,c, i*stride + u*dilation - padding, ...]
/// x [N, C, H, W], weight [O, C/groups, KH, KW], bias [O] or empty -> [N, O, OH, OW]. REQUIRES: s is their shape.
Tensor plain_conv2d(const ConvShape& s, const Tensor& x, const Tensor& weight, const Tensor& bias);

}  // namespace ek
