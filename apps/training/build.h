// From a configuration to the objects that it describes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "apps/training/config.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/layers/layer.h"
#include "evenkeel/models/registry.h"
#include "evenkeel/optim/optimizer.h"

namespace ek {

/// What the model flags say, for images [C, H, W] in so many classes.
ModelOptions model_options(const TrainConfig& config, const Shape& image, std::int64_t classes);

/// The optimizer that the flags describe, over all parameters of the model.
/// REQUIRES: a configuration from with_defaults.
std::unique_ptr<Optimizer> make_optimizer(const TrainConfig& config, const Layer& model);

/// Sets the number of threads: --threads, or with 0 leaves it at all that this process may run on. Returns a warning where
/// the system gives fewer, else an empty text.
std::string use_threads(const TrainConfig& config);

}  // namespace ek
