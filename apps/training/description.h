// What a checkpoint says of its model, as the strings in a file's "__metadata__".
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "apps/training/config.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/data/transform.h"

namespace ek {

/// What a model was trained on, and so what its inputs and outputs mean.
struct DataInfo {
  std::string dataset;  // "cifar10"
  Shape image;          // [C, H, W]
  std::vector<std::string> class_names;
  Normalization normalization;
  /// Which images of a folder were held out to test with: SHA-256 of their names as seen from the folder. Empty where
  /// the data set has a split of its own to test with.
  std::string held_out = {};
};

/// When a checkpoint was written.
struct SavedAt {
  std::int64_t epoch = 0, step = 0;
  std::optional<double> test_accuracy = {};  // none where the test images were not looked at
  std::optional<double> val_accuracy = {};   // none where there were no validation images
};

struct Description {
  TrainConfig config;  // only the model flags are kept
  DataInfo data;
  SavedAt at;
};

using Metadata = std::map<std::string, std::string>;

/// The model flags by their keys in config.json, and "dataset", "image_shape", "class_names", "mean", "std", "epoch",
/// "step", "test_accuracy" and "val_accuracy" where they are known, which are written in JSON (but "dataset"), and
/// "held_out" where it is not empty.
Metadata to_metadata(const Description& description);

/// Throws std::invalid_argument that names the key that is missing or wrong, what it is and what was expected.
Description from_metadata(const Metadata& metadata);

}  // namespace ek
