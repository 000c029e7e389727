// Checkpoints: a model's weights under PyTorch's names in a .safetensors file, whose metadata says what the
// model is and what its numbers mean.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "apps/training/config.h"
#include "apps/training/description.h"
#include "evenkeel/core/files/safetensors.h"
#include "evenkeel/core/files/state.h"
#include "evenkeel/layers/layer.h"

namespace ek {

/// Writes the weights and, in "__metadata__", the description, "format": "pt", to be known by "evenkeel": "1", and
/// "sha256" of the tensors in the order of their names. Throws std::runtime_error where the file cannot be written; an
/// old one is then untouched.
void write_checkpoint(const std::filesystem::path& file, const Layer& model,
                      const Description& description);

struct Checkpoint {
  StateDict weights;
  std::optional<Description> description;  // none in a file that this program has not written
};

/// Throws DataError where the tensors are not those that the file's "sha256" was computed from. Files of other programs
/// have none, and pass.
void check_digest(const SafeTensors& content, const std::filesystem::path& file);

/// Throws DataError where the file is missing, damaged or its description cannot be understood.
Checkpoint read_checkpoint(const std::filesystem::path& file);

/// The model that the flags describe, for the data's images and classes, with its default start values.
std::unique_ptr<Layer> make_model(const TrainConfig& config, const DataInfo& data);

/// Copies a file's weights in. Throws DataError that lists all that does not fit; then nothing is changed.
void load_weights(Layer& model, const StateDict& weights, const std::filesystem::path& file);

}  // namespace ek
