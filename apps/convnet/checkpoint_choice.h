// Which checkpoint a command is about, and where its run says what it was trained on.
#pragma once

#include <filesystem>

#include "apps/convnet/options.h"

namespace ek {

struct CheckpointChoice {
  std::filesystem::path file;
  std::filesystem::path typed_config;  // --config; empty without it
  std::filesystem::path
      config_beside;  // the config.json beside the file; empty where there is none
};

/// What --checkpoint, or RUN, or for eval --config, names: a file; of a run's folder its last.safetensors; with --config
/// alone that of the folder which the file is in. Throws UsageError where nothing is named or two different ones are,
/// DataError where a folder has no checkpoint.
CheckpointChoice choose_checkpoint(const Options& options);

}  // namespace ek
