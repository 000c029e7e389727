// Models by name, for the command line and for checkpoints.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "layers/layer.h"
#include "models/model_options.h"

namespace ek {

/// "convnet", "convnet-8x8", "vgg", "resnet20", in the order in which help texts list them.
std::vector<std::string> model_names();

/// A fresh model with PyTorch's default start values. Throws std::invalid_argument for an unknown name.
std::unique_ptr<Layer> make_model(std::string_view name, const ModelOptions& options);

}  // namespace ek
