#include "apps/convnet/evaluation_data.h"

#include <algorithm>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "apps/training/config.h"
#include "apps/training/errors.h"
#include "apps/training/progress.h"
#include "evenkeel/core/base/check.h"
#include "evenkeel/core/files/file.h"
#include "evenkeel/data/selection.h"
#include "evenkeel/data/split_folders.h"

namespace ek {
namespace {

/// Where images come from, and who says so.
struct Place {
  std::string dataset = {}, data = {}, said_by = {};
  OpenOptions options = {};
  std::int64_t limit = 0;  // of images to test with; 0: all
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

/// The configuration in a file. One that was not typed is a hint: where it cannot be read it may be of another program.
std::optional<TrainConfig> config_in(const fs::path& file, bool is_typed) {
  if (file.empty()) return {};
  TrainConfig config;
  try {
    read_config(config, file);
  } catch (const std::exception&) {
    if (is_typed) throw;
    return {};
  }
  return config;
}

/// What the run says of its data, and the file that says it.
struct RunConfig {
  TrainConfig config;
  fs::path file;
};

/// The configuration that is typed, where it names images, else the one beside the checkpoint; none where that is about
/// other data than the checkpoint names.
std::optional<RunConfig> config_of_run(const CheckpointChoice& choice, const DataInfo& trained_on) {
  fs::path file = choice.typed_config;
  std::optional<TrainConfig> config = config_in(file, true);
  if (!config || (config->dataset == "auto" && config->data.empty())) {
    file = choice.config_beside;
    config = config_in(file, false);
  }
  if (!config || (!trained_on.dataset.empty() && config->dataset != trained_on.dataset)) return {};
  return RunConfig{*config, file};
}

bool has_own_test_split(const fs::path& dir) {
  const SplitFolders splits = find_split_folders(dir);
  return !splits.test.empty() || !splits.validation.empty();
}

Place typed_place(const Options& options, const CheckpointChoice& choice,
                  const DataInfo& trained_on, const std::optional<RunConfig>& run) {
  Place place = {.dataset = options.config.dataset,
                 .data = options.config.data,
                 .options = {.needs = Needs::all_to_test},
                 .limit = options.config.limit_test};
  if (!options.was_given("dataset") && !trained_on.dataset.empty()) {
    check_known(trained_on, choice.file);
    place.dataset = trained_on.dataset;
  }
  if (!options.was_given("data")) place.data.clear();
  if (run && place.dataset == "folder" && same_place(place.data, run->config.data) &&
      !has_own_test_split(place.data)) {
    place.said_by =
        "among them the images that the model was trained on; without --data, eval takes the test "
        "images of its run";
  }
  return place;
}

/// By a flag, or in the file of --config.
bool is_limit_typed(const Options& options) {
  return options.was_given("limit-test") || options.config.limit_test > 0;
}

Place place_of_run(const Options& options, const RunConfig& run) {
  const TrainConfig& config = run.config;
  const std::string name = printable(run.file);
  check_data(config.data.empty() || path_exists(config.data), printable(config.data),
             ": no such folder; ", name,
             " names it as the place of the images, as seen from where the training was started; "
             "name it with --data");
  return {.dataset = config.dataset,
          .data = config.data,
          .said_by = config.data.empty() ? "" : "the place is named by " + name,
          .options = {.needs = Needs::own_test, .skip_bad_images = config.skip_bad_images},
          .limit = is_limit_typed(options) ? options.config.limit_test : config.limit_test};
}

Place choose_place(const Options& options, const CheckpointChoice& choice,
                   const DataInfo& trained_on) {
  const std::optional<RunConfig> run = config_of_run(choice, trained_on);
  if (options.was_given("dataset") || options.was_given("data"))
    return typed_place(options, choice, trained_on, run);
  if (run) return place_of_run(options, *run);
  Place usual = {.dataset = options.config.dataset,
                 .options = {.needs = Needs::own_test},
                 .limit = options.config.limit_test};
  if (trained_on.dataset.empty()) return usual;
  check_known(trained_on, choice.file);
  check_data(trained_on.dataset != "folder", printable(choice.file),
             ": was trained on a folder of images, and no config.json beside it says where that "
             "is; name the images with --data");
  usual.dataset = trained_on.dataset;
  return usual;
}

/// Throws unless the images that were held out for the test are those of the run: where photographs came or went, some of
/// them may be images that the model was trained on.
void check_held_out(const DataSource& source, const Place& place, const DataInfo& trained_on,
                    const fs::path& file) {
  if (place.options.needs != Needs::own_test || place.dataset != "folder") return;
  check_data(
      source.held_out == trained_on.held_out, printable(place.data),
      ": its images are not those that ", printable(file),
      " was trained and tested with, so that its test images cannot be told from its training ",
      "images; name images that it has not seen with --data, or bring the folder back to what it "
      "was");
}

/// Takes as many images as the run, or the flag, says.
void limit_test(DataSource& source, const Place& place, bool is_typed) {
  if (place.limit == 0 || place.limit >= source.test->size()) return;
  source.notes.push_back(text(place.limit, " of the ", source.test->size(), " test images",
                              is_typed ? "" : ", as the run's --limit-test has it"));
  source.test = std::make_shared<Subset>(source.test, place.limit);
}

}  // namespace

DataSource open_evaluation_data(const Options& options, const CheckpointChoice& choice,
                                const DataInfo& trained_on) {
  const TrainConfig& config = options.config;
  const Waiting waiting("reading the data set", config.quiet);
  Place place = choose_place(options, choice, trained_on);
  place.options.skip_bad_images |= config.skip_bad_images;
  place.options.verbose = config.verbose;
  DataSource source =
      checking_flags([&] { return open_data(place.dataset, place.data, place.options); });
  check_held_out(source, place, trained_on, choice.file);
  if (!place.said_by.empty()) source.notes.push_back(place.said_by);

  const std::int64_t before = source.test->size();
  try {
    source.test = with_classes(
        std::move(source.test), trained_on.class_names,
        options.skip_unknown_classes ? OnUnknownClass::leave_out : OnUnknownClass::fail);
  } catch (const DataError& error) {
    throw DataError(text(
        printable(choice.file), ": ", error.what(), " (", source.description,
        "); name other images with --dataset and --data",
        options.skip_unknown_classes ? "" : ", or leave these out with --skip-unknown-classes"));
  }
  if (source.test->size() < before) {
    source.notes.push_back(text(before - source.test->size(),
                                " images of classes that the model does not know are left out"));
  }
  limit_test(source, place, is_limit_typed(options));
  return source;
}

}  // namespace ek
