#include "apps/convnet/checkpoint_choice.h"

#include "apps/training/errors.h"
#include "apps/training/run_folder.h"
#include "evenkeel/core/files/file.h"

namespace ek {
namespace {

fs::path named(const Options& options) {
  if (!options.checkpoint.empty() && !options.run.empty()) {
    throw UsageError("both --checkpoint " + printable(options.checkpoint) + " and " +
                     printable(options.run) + " are named; name one");
  }
  if (!options.checkpoint.empty()) return options.checkpoint;
  if (!options.run.empty()) return options.run;
  if (!options.config_file.empty()) {
    const fs::path folder = fs::path(options.config_file).parent_path();
    return folder.empty() ? fs::path(".") : folder;
  }
  throw UsageError("no checkpoint given; name a run's folder, or a file with --checkpoint FILE");
}

}  // namespace

CheckpointChoice choose_checkpoint(const Options& options) {
  CheckpointChoice choice = {checkpoint_in(named(options)), options.config_file, {}};
  const fs::path beside = RunFolder{choice.file.parent_path()}.config();
  if (is_file(beside)) choice.config_beside = beside;
  return choice;
}

}  // namespace ek
