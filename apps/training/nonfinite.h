// Where did the numbers stop being finite?
#pragma once

#include <string>

#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/layers/layer.h"

namespace ek {

/// Runs the model on the images again, in the mode that it is in and without recording, and says which
/// layer's output was the first that is not finite: "the first output that is not finite is that of bn1
/// (BatchNorm2d(64))".
std::string describe_nonfinite(Layer& model, const Tensor& images);

}  // namespace ek
