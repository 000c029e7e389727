// Start values of weights.
#pragma once

#include "layers/layer.h"

namespace ek {

/// weight ~ U(-bound, bound), bound = gain sqrt(6 / ((1 + a^2) fan_in)) with a = sqrt 5: gain / sqrt(fan_in).
/// PyTorch's default for Linear and Conv2d ("kaiming_uniform" [He2015]). fan_in = product of all axes but the
/// first.
void kaiming_uniform(Tensor& weight, const InitSource& source, const std::string& name);

/// bias ~ U(-bound, bound), bound = 1 / sqrt(fan_in) of the weight it goes with; PyTorch's default. No gain.
void bias_uniform(Tensor& bias, const Tensor& weight, const InitSource& source, const std::string& name);

}  // namespace ek
