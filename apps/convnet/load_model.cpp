#include "apps/convnet/load_model.h"

#include "apps/training/errors.h"
#include "apps/training/run.h"
#include "core/check.h"
#include "core/file.h"

namespace ek {
namespace {

/// What the flags say about a file that says nothing itself.
Description described_by_flags(const Options& options) {
  if (!options.was_given("model"))
    throw UsageError(text("--checkpoint: ", printable(options.checkpoint),
                          " does not say which model it holds, as it was not written by this program; name "
                          "it with --model, and --norm, --placement, ... where they are not the defaults; "
                          "the normalisation is measured on the training images of --dataset"));
  return {options.config, open_run_data(options.config).info, {}};
}

}  // namespace

LoadedModel load_model(const Options& options) {
  if (options.checkpoint.empty()) throw UsageError("no checkpoint given; name it with --checkpoint FILE");
  const Checkpoint checkpoint = read_checkpoint(options.checkpoint);
  LoadedModel loaded;
  loaded.description = checkpoint.description ? *checkpoint.description : described_by_flags(options);
  Description& description = loaded.description;
  for (const std::string& flag : model_flags())
    if (options.was_given(flag)) set_flag(description.config, flag, get_flag(options.config, flag));
  loaded.model = checking_flags([&] { return make_model(description.config, description.data); });
  load_weights(*loaded.model, checkpoint.weights, options.checkpoint);
  loaded.model->eval();
  return loaded;
}

}  // namespace ek
