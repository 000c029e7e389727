// Which checkpoint a command is about, and where its run says what it was trained on.
#pragma once

#include <filesystem>

#include "apps/convnet/options.h"

namespace ek {

struct CheckpointChoice {
  std::filesystem::path file;
  std::filesystem::path config;  // --config, else the config.json beside the file; empty where there is none
};

/// What --checkpoint, or for eval RUN or --config, names: a file; of a run's folder its last.safetensors; with --config
/// alone that of the folder which the file is in. Throws UsageError where nothing is named or two different ones are,
/// DataError where a folder has no checkpoint.
CheckpointChoice choose_checkpoint(const Options& options);

}  // namespace ek
