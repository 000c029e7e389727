// A model from a checkpoint, ready for inference.
#pragma once

#include <filesystem>
#include <memory>

#include "apps/convnet/options.h"
#include "apps/training/checkpoint.h"
#include "apps/training/description.h"
#include "evenkeel/layers/layer.h"

namespace ek {

struct LoadedModel {
  std::unique_ptr<Layer> model;  // in inference mode
  Description description;
};

/// Reads the file and builds the model that it describes; model flags that were typed win. A file without a
/// description, for example one saved from PyTorch, needs --model, and the normalisation is measured on the
/// training split of --dataset. Throws UsageError and DataError.
LoadedModel load_model(const Options& options, const std::filesystem::path& file);

}  // namespace ek
