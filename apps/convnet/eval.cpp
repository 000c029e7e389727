// convnet eval: how good a checkpoint is on test images, class by class.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "apps/convnet/checkpoint_choice.h"
#include "apps/convnet/commands.h"
#include "apps/convnet/confusion.h"
#include "apps/convnet/evaluation_data.h"
#include "apps/convnet/load_model.h"
#include "apps/convnet/options.h"
#include "apps/convnet/output.h"
#include "apps/convnet/table.h"
#include "apps/training/config.h"
#include "apps/training/description.h"
#include "apps/training/open_data.h"
#include "apps/training/progress.h"
#include "apps/training/trainer.h"
#include "evenkeel/core/base/check.h"
#include "evenkeel/core/files/file.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/data/loader.h"

namespace ek {
namespace {

using nlohmann::ordered_json;

std::optional<double> class_accuracy(const Confusion& counts, std::size_t k) {
  const std::int64_t images = images_of(counts, k);
  if (images == 0) return {};
  return static_cast<double>(counts[k][k]) / static_cast<double>(images);
}

ordered_json as_json(const fs::path& checkpoint, const Description& d, const DataSource& source,
                     const Score& score, const Confusion& counts) {
  ordered_json classes = ordered_json::array();
  for (std::size_t k = 0; k < counts.size(); ++k) {
    const auto accuracy = class_accuracy(counts, k);
    classes.push_back({{"name", d.data.class_names[k]},
                       {"images", images_of(counts, k)},
                       {"accuracy", accuracy ? ordered_json(*accuracy) : ordered_json()}});
  }
  return {{"checkpoint", escaped_name(checkpoint)},
          {"model", d.config.model},
          {"data", source.description},
          {"notes", source.notes},
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
    for (std::size_t j = 0; matrix && j < counts.size(); ++j)
      row.push_back(fmt::format("{}", counts[k][j]));
    table.push_back(row);
  }
  return format_table(table, align);
}

}  // namespace

int run_eval(const Options& options) {
  Output out(options.command, Output::OnFailure::fail);
  const CheckpointChoice choice = choose_checkpoint(options);
  const LoadedModel loaded = load_model(options, choice.file);
  const DataInfo& data = loaded.description.data;
  const DataSource source = open_evaluation_data(options, choice, data);
  const DataLoader loader = evaluation_loader(source.test, data.normalization);

  Confusion counts = empty_confusion(data.class_names.size());
  const auto count = [&](const Batch& batch, const Tensor& logits) {
    count_predictions(counts, batch, logits);
  };
  Score score;
  {
    Progress progress("test", loader.steps(), {options.config.quiet, options.config.print_freq});
    score = evaluate(*loaded.model, loader, progress, count);
  }
  check_data(std::isfinite(score.loss), printable(choice.file), ": its loss on ",
             source.description, " is ", score.loss,
             ", so its weights are not usable; take an earlier checkpoint");
  if (options.json) {
    out.write(as_json(choice.file, loaded.description, source, score, counts).dump(2) + "\n");
    return 0;
  }
  const TrainConfig& trained = loaded.description.config;
  std::vector<Row> rows = {{"file", printable(choice.file)}, {"data", source.description}};
  for (const std::string& note : source.notes) rows.push_back({"", note});
  if (options.config.verbose) {
    for (const std::string& line : source.skipped) rows.push_back({"", "not read: " + line});
  }
  rows.push_back({"model", fmt::format("{}, norm {}", trained.model, trained.norm)});
  rows.push_back({"loss", fmt::format("{:.4f}", score.loss)});
  rows.push_back(
      {"accuracy", fmt::format("{} of {} images", percent(score.accuracy), score.images)});
  out.print("{}\n{}", format_table(rows, "ll"), format_classes(data, counts));
  return 0;
}

}  // namespace ek
