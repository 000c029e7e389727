#include "apps/convnet/evaluation_data.h"

#include <algorithm>
#include <exception>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include "apps/training/errors.h"
#include "apps/training/progress.h"
#include "core/check.h"
#include "core/file.h"
#include "data/selection.h"
#include "data/split_folders.h"

namespace ek {
namespace {

/// Where images come from, and who says so.
struct Place {
  std::string dataset, data, said_by;
  OpenOptions options = {};
};

void check_known(const DataInfo& trained_on, const fs::path& checkpoint) {
  check_data(std::ranges::count(dataset_names(), trained_on.dataset) > 0, printable(checkpoint),
             ": its metadata's \"dataset\" is '", printable(trained_on.dataset),
             "', which is none of this program's; name the test images with --dataset and --data");
}

bool same_place(const fs::path& a, const fs::path& b) {
  std::error_code error;
  return fs::equivalent(a, b, error) && !error;
}

/// What the configuration of the run says, where it is about the data that the checkpoint names.
std::optional<TrainConfig> config_of_run(const CheckpointChoice& choice, const DataInfo& trained_on, bool is_typed) {
  if (choice.config.empty()) return {};
  TrainConfig config;
  try {
    read_config(config, choice.config);
  } catch (const std::exception&) {
    if (is_typed) throw;
    return {};  // a file of that name beside the checkpoint is a hint, and may be of another program
  }
  const bool matches = trained_on.dataset.empty() || config.dataset == trained_on.dataset;
  return matches ? std::optional(config) : std::nullopt;
}

bool has_own_test_split(const fs::path& dir) {
  const SplitFolders splits = find_split_folders(dir);
  return !splits.test.empty() || !splits.validation.empty();
}

Place typed_place(const Options& options, const CheckpointChoice& choice, const DataInfo& trained_on,
                  const std::optional<TrainConfig>& run) {
  Place place = {options.config.dataset, options.config.data, "", {.needs = Needs::all_to_test}};
  if (!options.was_given("dataset") && !trained_on.dataset.empty()) {
    check_known(trained_on, choice.file);
    place.dataset = trained_on.dataset;
  }
  if (!options.was_given("data")) place.data.clear();
  if (run && place.dataset == "folder" && same_place(place.data, run->data) && !has_own_test_split(place.data)) {
    place.said_by =
        "among them the images that the model was trained on; without --data, eval takes the test images of "
        "its run";
  }
  return place;
}

Place place_of_run(const CheckpointChoice& choice, const TrainConfig& run) {
  const std::string name = printable(choice.config);
  check_data(run.data.empty() || path_exists(run.data), printable(run.data), ": no such folder; ", name,
             " names it as the place of the images, as seen from where the training was started; name it with --data");
  return {run.dataset,
          run.data,
          run.data.empty() ? "" : "the place is named by " + name,
          {.needs = Needs::own_test, .skip_bad_images = run.skip_bad_images}};
}

Place choose_place(const Options& options, const CheckpointChoice& choice, const DataInfo& trained_on) {
  const std::optional<TrainConfig> run = config_of_run(choice, trained_on, !options.config_file.empty());
  if (options.was_given("dataset") || options.was_given("data")) return typed_place(options, choice, trained_on, run);
  if (run) return place_of_run(choice, *run);
  if (trained_on.dataset.empty()) return {options.config.dataset, "", "", {.needs = Needs::own_test}};
  check_known(trained_on, choice.file);
  check_data(trained_on.dataset != "folder", printable(choice.file),
             ": was trained on a folder of images, and no config.json beside it says where that is; name the images "
             "with --data");
  return {trained_on.dataset, "", "", {.needs = Needs::own_test}};
}

}  // namespace

DataSource open_evaluation_data(const Options& options, const CheckpointChoice& choice, const DataInfo& trained_on) {
  const TrainConfig& config = options.config;
  const Waiting waiting("reading the data set", config.quiet);
  Place place = choose_place(options, choice, trained_on);
  place.options.skip_bad_images |= config.skip_bad_images;
  DataSource source = checking_flags([&] { return open_data(place.dataset, place.data, place.options); });
  if (!place.said_by.empty()) source.notes.push_back(place.said_by);

  const std::int64_t before = source.test->size();
  try {
    source.test = with_classes(std::move(source.test), trained_on.class_names,
                               options.skip_unknown_classes ? OnUnknownClass::leave_out : OnUnknownClass::fail);
  } catch (const DataError& error) {
    throw DataError(text(printable(choice.file), ": ", error.what(), " (", source.description,
                         "); name other images with --dataset and --data",
                         options.skip_unknown_classes ? "" : ", or leave these out with --skip-unknown-classes"));
  }
  if (source.test->size() < before) {
    source.notes.push_back(text(before - source.test->size(),
                                " images of classes that the model does not know are left "
                                "out"));
  }
  if (config.limit_test > 0) source.test = std::make_shared<Subset>(source.test, config.limit_test);
  return source;
}

}  // namespace ek
