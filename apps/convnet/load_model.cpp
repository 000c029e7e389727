#include "apps/convnet/load_model.h"

#include <string>

#include "apps/training/build.h"
#include "apps/training/config.h"
#include "apps/training/description.h"
#include "apps/training/errors.h"
#include "apps/training/run.h"
#include "apps/training/run_data.h"
#include "evenkeel/core/base/check.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/files/file.h"
#include "evenkeel/core/files/state.h"
#include "evenkeel/models/registry.h"

namespace ek {
namespace {

/// What the flags say about a file that says nothing itself.
Description described_by_flags(const Options& options, const std::filesystem::path& file) {
  if (!options.was_given("model") && options.config_file.empty())
    throw UsageError(
        text("--checkpoint: ", printable(file),
             " does not say which model it holds, as it was not written by this program; name it "
             "with --model, and --norm, --placement, ... where they are not the defaults; the "
             "normalisation is measured on the training images of --dataset"));
  return {options.config, open_run_data(options.config).info, {}};
}

/// Throws DataError unless the first layer is as wide in the file as the description makes it: a model that is built
/// only to find that it does not fit may be far larger than the memory. Up to width 1 none is.
void check_width(const Description& description, const Checkpoint& checkpoint,
                 const Options& options, const std::filesystem::path& file) {
  TrainConfig narrow = description.config;
  if (narrow.width <= 1) return;
  narrow.width = 1;
  const auto [name, parameter] = make_model(narrow, description.data)->named_parameters().front();
  const ModelOptions wide = model_options(description.config, description.data.image, 1);
  const Shape expected = parameter.shape().with(0, wide.wide(parameter.dim(0)));
  const StateValue* found = checkpoint.weights.find(name);
  check_data(found && shape_of(*found) == expected, printable(file), ": ",
             options.was_given("width") ? "--width" : "its metadata's \"width\"", " is ",
             wide.width, ", which makes ", name, " ", expected, "; the file has ",
             found ? text(shape_of(*found)) : "none");
}

/// load_weights, where the flags may name another model than the file does: then that is what is wrong, and not each of
/// the tensors.
void load_described(LoadedModel& loaded, const Checkpoint& checkpoint,
                    const std::filesystem::path& file) {
  const std::string& named = loaded.description.config.model;
  try {
    load_weights(*loaded.model, checkpoint.weights, file);
  } catch (const DataError&) {
    if (!checkpoint.description || checkpoint.description->config.model == named) throw;
    throw DataError(text(printable(file), ": does not fit --model ", named,
                         "; it says that it holds ", checkpoint.description->config.model,
                         ", so leave the flag out"));
  }
}

}  // namespace

LoadedModel load_model(const Options& options, const std::filesystem::path& file) {
  const Checkpoint checkpoint = read_checkpoint(file);
  LoadedModel loaded;
  loaded.description =
      checkpoint.description ? *checkpoint.description : described_by_flags(options, file);
  Description& description = loaded.description;
  for (const std::string& flag : model_flags())
    if (options.was_given(flag)) set_flag(description.config, flag, get_flag(options.config, flag));
  checking_flags([&] { check_width(description, checkpoint, options, file); });
  loaded.model = checking_flags([&] { return make_model(description.config, description.data); });
  load_described(loaded, checkpoint, file);
  loaded.model->eval();
  return loaded;
}

}  // namespace ek
