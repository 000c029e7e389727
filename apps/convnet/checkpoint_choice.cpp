#include "apps/convnet/checkpoint_choice.h"

#include <system_error>

#include "apps/training/errors.h"
#include "apps/training/run_folder.h"
#include "core/check.h"
#include "core/file.h"

namespace ek {
namespace {

fs::path named(const Options& options) {
  if (!options.checkpoint.empty() && !options.run.empty()) {
    throw UsageError("both --checkpoint " + printable(options.checkpoint) + " and " + printable(options.run) +
                     " are named; name one");
  }
  if (!options.checkpoint.empty()) return options.checkpoint;
  if (!options.run.empty()) return options.run;
  if (!options.config_file.empty()) {
    const fs::path folder = fs::path(options.config_file).parent_path();
    return folder.empty() ? fs::path(".") : folder;
  }
  throw UsageError("no checkpoint given; name it with --checkpoint FILE");
}

}  // namespace

CheckpointChoice choose_checkpoint(const Options& options) {
  CheckpointChoice choice = {named(options), options.config_file};
  std::error_code ignored;
  if (fs::is_directory(choice.file, ignored)) {
    const RunFolder folder = {choice.file};
    choice.file = is_file(folder.last()) || !is_file(folder.best()) ? folder.last() : folder.best();
    check_data(path_exists(choice.file), printable(folder.dir),
               ": holds no run (neither last.safetensors nor best.safetensors); name a checkpoint's file");
  }
  if (choice.config.empty()) {
    const fs::path beside = RunFolder{choice.file.parent_path()}.config();
    if (is_file(beside)) choice.config = beside;
  }
  return choice;
}

}  // namespace ek
