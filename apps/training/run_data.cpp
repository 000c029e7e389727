#include "apps/training/run_data.h"

#include <fmt/format.h>

#include <utility>

#include "apps/training/errors.h"
#include "apps/training/open_data.h"
#include "apps/training/open_folder.h"
#include "apps/training/progress.h"
#include "apps/training/run_folder.h"
#include "evenkeel/data/selection.h"
#include "evenkeel/data/transform.h"

namespace ek {
namespace {

std::shared_ptr<const Dataset> limited(std::shared_ptr<const Dataset> data, std::int64_t limit) {
  if (limit == 0 || limit >= data->size()) return data;
  return std::make_shared<Subset>(std::move(data), limit);
}

/// Moves a share of the training images to the validation images.
void hold_back_images(DataSource& source, const TrainConfig& config) {
  if (source.validation) {
    throw UsageError(
        "--val-split: the folder has validation images of its own; leave the flag out to use them");
  }
  HeldBack parts =
      checking_flags([&] { return hold_back(source.train, config.val_split, config.seed); });
  source.notes.push_back(
      fmt::format("{} of the training images are held back to choose the best epoch by "
                  "(--val-split {}, --seed {}); {} are left to train on",
                  parts.validation->size(), config.val_split, config.seed, parts.training->size()));
  source.train = std::move(parts.training);
  source.validation = std::move(parts.validation);
}

}  // namespace

RunData open_run_data(const TrainConfig& config) {
  const Waiting waiting("reading the data set", config.quiet);
  DataSource source = checking_flags([&] {
    return open_data(config.dataset, config.data,
                     {.needs = Needs::train_and_test,
                      .skip_bad_images = config.skip_bad_images,
                      .verbose = config.verbose});
  });
  if (config.val_split > 0) hold_back_images(source, config);
  const Dataset& train = *source.train;
  RunData data = {.train = source.train,
                  .test = std::move(source.test),
                  .info = {train.name(), train.image_shape(), train.class_names(),
                           measure_normalization(train), std::move(source.held_out)},
                  .description = std::move(source.description),
                  .validation = std::move(source.validation),
                  .notes = std::move(source.notes),
                  .skipped = std::move(source.skipped)};
  return limited(std::move(data), config.limit_train, config.limit_test);
}

void check_out(const TrainConfig& config, const RunData& data) {
  if (data.info.dataset == "folder")
    check_is_no_class(config.out.empty() ? kUsualRuns : config.out, config.data);
}

RunData limited(RunData data, std::int64_t train, std::int64_t test) {
  data.train = limited(std::move(data.train), train);
  data.test = limited(std::move(data.test), test);
  return data;
}

}  // namespace ek
