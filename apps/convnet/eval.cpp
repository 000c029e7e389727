// convnet eval: how good a checkpoint is on test images, class by class.
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "apps/convnet/commands.h"
#include "apps/convnet/confusion.h"
#include "apps/convnet/load_model.h"
#include "apps/convnet/output.h"
#include "apps/convnet/table.h"
#include "apps/training/errors.h"
#include "apps/training/open_data.h"
#include "apps/training/trainer.h"
#include "core/check.h"
#include "core/file.h"

namespace ek {
namespace {

using nlohmann::ordered_json;

std::optional<double> class_accuracy(const Confusion& counts, std::size_t k) {
  const std::int64_t images = images_of(counts, k);
  if (images == 0) return {};
  return static_cast<double>(counts[k][k]) / static_cast<double>(images);
}

/// The test images: of the data set that is named, else of the one that the model was trained on.
DataSource open_test_data(const Options& options, const DataInfo& trained_on) {
  const TrainConfig& c = options.config;
  const bool known = !options.was_given("dataset") && !trained_on.dataset.empty();
  if (known)
    check_data(std::ranges::count(dataset_names(), trained_on.dataset) > 0, printable(options.checkpoint),
               ": its metadata's \"dataset\" is '", printable(trained_on.dataset),
               "', which is none of this program's; name the test images with --dataset and --data");
  const Waiting waiting("reading the data set", c.quiet);
  DataSource source =
      checking_flags([&] { return open_data(known ? trained_on.dataset : c.dataset, c.data, Needs::test); });
  check_data(source.test->class_names().size() == trained_on.class_names.size(), printable(options.checkpoint),
             ": trained on ", trained_on.class_names.size(), " classes of ", trained_on.dataset,
             ", but the test images have ", source.test->class_names().size(), " (", source.description,
             "); name the data that it was trained for with --dataset and --data");
  if (source.test->class_names() != trained_on.class_names)
    report(options.command, "warning",
           text("the test images' classes are named differently from those that the model was trained on (",
                trained_on.dataset, ")"));
  if (c.limit_test > 0) source.test = std::make_shared<Subset>(source.test, c.limit_test);
  return source;
}

ordered_json as_json(const Options& options, const Description& d, const Score& score, const Confusion& counts) {
  ordered_json classes = ordered_json::array();
  for (std::size_t k = 0; k < counts.size(); ++k) {
    const auto accuracy = class_accuracy(counts, k);
    classes.push_back({{"name", d.data.class_names[k]},
                       {"images", images_of(counts, k)},
                       {"accuracy", accuracy ? ordered_json(*accuracy) : ordered_json()}});
  }
  return {{"checkpoint", printable(options.checkpoint)},
          {"model", d.config.model},
          {"images", score.images},
          {"loss", score.loss},
          {"accuracy", score.accuracy},
          {"classes", classes},
          {"confusion", counts}};
}

std::string format_classes(const DataInfo& data, const Confusion& counts) {
  const bool matrix = counts.size() <= kWidestMatrix;
  Row heading = {"", "class", "images", "accuracy"};
  std::string align = "rlrr";
  for (std::size_t k = 0; matrix && k < counts.size(); ++k) {
    heading.push_back(fmt::format("as {}", k));
    align += 'r';
  }
  std::vector<Row> table = {heading};
  for (std::size_t k = 0; k < counts.size(); ++k) {
    const auto accuracy = class_accuracy(counts, k);
    Row row = {fmt::format("{}", k), data.class_names[k], fmt::format("{}", images_of(counts, k)),
               accuracy ? percent(*accuracy) : "-"};
    for (std::size_t j = 0; matrix && j < counts.size(); ++j) row.push_back(fmt::format("{}", counts[k][j]));
    table.push_back(row);
  }
  return format_table(table, align);
}

}  // namespace

int run_eval(const Options& options) {
  Output out(options.command, Output::OnFailure::fail);
  const LoadedModel loaded = load_model(options);
  const DataInfo& data = loaded.description.data;
  const DataSource source = open_test_data(options, data);
  const DataLoader loader = evaluation_loader(source.test, data.normalization);

  Confusion counts = empty_confusion(data.class_names.size());
  const auto count = [&](const Batch& batch, const Tensor& logits) { count_predictions(counts, batch, logits); };
  Score score;
  {
    Progress progress("test", loader.steps(), {options.config.quiet, options.config.print_freq});
    score = evaluate(*loaded.model, loader, progress, count);
  }
  check_data(std::isfinite(score.loss), printable(options.checkpoint), ": its loss on ", source.description, " is ",
             score.loss, ", so its weights are not usable; take an earlier checkpoint");
  if (options.json) {
    out.write(as_json(options, loaded.description, score, counts).dump(2) + "\n");
    return 0;
  }
  const TrainConfig& trained = loaded.description.config;
  out.write(format_table({{"data", source.description},
                          {"model", fmt::format("{}, norm {}", trained.model, trained.norm)},
                          {"loss", fmt::format("{:.4f}", score.loss)},
                          {"accuracy", fmt::format("{} of {} images", percent(score.accuracy), score.images)}},
                         "ll") +
            "\n");
  out.write(format_classes(data, counts));
  return 0;
}

}  // namespace ek
