// Dropout [Srivastava2014], inverted: what is kept is scaled up in training, so that inference is the
// identity.
#pragma once

#include "core/random.h"
#include "core/tensor.h"

namespace ek {

/// y_i = x_i / (1 - p) with probability 1 - p, else 0; any shape -> the same shape. Which elements are kept
/// is a function of the stream alone. REQUIRES: 0 <= p <= 1.
Tensor dropout(const Tensor& x, double p, const Stream& stream);

}  // namespace ek
