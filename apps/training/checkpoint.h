// Checkpoints: a model's weights under PyTorch's names in a .safetensors file, whose metadata says what the
// model is and what its numbers mean.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apps/training/config.h"
#include "core/state.h"
#include "data/transform.h"
#include "layers/layer.h"

namespace ek {

/// What a model was trained on, and so what its inputs and outputs mean.
struct DataInfo {
  std::string dataset;  // "cifar10"
  Shape image;          // [C, H, W]
  std::vector<std::string> class_names;
  Normalization normalization;
};

/// When a checkpoint was written.
struct SavedAt {
  std::int64_t epoch = 0, step = 0;
  std::optional<double> test_accuracy;  // none where training was interrupted before the test
};

struct Description {
  TrainConfig config;  // only the model flags are kept
  DataInfo data;
  SavedAt at;
};

/// Writes the weights and, in "__metadata__", the description: the model flags by their keys in config.json,
/// "dataset", "image_shape", "class_names", "mean", "std", "epoch", "step", "test_accuracy" (JSON), "format":
/// "pt" and, to be known by, "evenkeel": "1". Throws std::runtime_error where the file cannot be written; an
/// old one is then untouched.
void write_checkpoint(const std::filesystem::path& file, const Layer& model, const Description& description);

struct Checkpoint {
  StateDict weights;
  std::optional<Description> description;  // none in a file that this program has not written
};

/// Throws DataError where the file is missing, damaged or its description cannot be understood.
Checkpoint read_checkpoint(const std::filesystem::path& file);

/// The model that the flags describe, for the data's images and classes, with its default start values.
std::unique_ptr<Layer> make_model(const TrainConfig& config, const DataInfo& data);

/// Copies a file's weights in. Throws DataError that lists all that does not fit; then nothing is changed.
void load_weights(Layer& model, const StateDict& weights, const std::filesystem::path& file);

}  // namespace ek
