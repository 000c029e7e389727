#include "apps/convnet/run_report.h"

#include <cstddef>
#include <vector>

#include <fmt/format.h>

#include "apps/convnet/output.h"
#include "apps/training/config.h"
#include "apps/training/folder_lock.h"
#include "apps/training/metrics.h"
#include "apps/training/run_data.h"
#include "apps/training/run_folder.h"
#include "apps/training/trainer.h"
#include "evenkeel/core/files/file.h"
#include "evenkeel/core/kernels/dispatch.h"
#include "evenkeel/core/machine/parallel.h"
#include "evenkeel/data/loader.h"

namespace ek {
namespace {

/// Each as wide as its heading, so that lines that are printed one by one stand below each other.
std::string epoch_line(const Row& cells) {
  static constexpr std::size_t kWidths[] = {5, 10, 9, 9, 9, 8, 8, 0};
  Row padded;
  for (std::size_t i = 0; i < cells.size(); ++i)
    padded.push_back(fmt::format("{:>{}}", cells[i], kWidths[i]));
  return format_cells(padded);
}

std::string listed(const std::vector<double>& values) {
  std::string all;
  for (const double value : values) all += fmt::format("{}{:.4f}", all.empty() ? "" : ", ", value);
  return all;
}

std::string model_line(const TrainConfig& c, const std::string& norm) {
  std::string line = fmt::format("{}, norm {}", c.model, norm);
  if (norm.find("batch") != std::string::npos)
    line += fmt::format(" (momentum {} = Keras {:.6g})", c.bn_momentum, 1 - c.bn_momentum);
  if (norm != "none") line += fmt::format(", {} the activation", c.placement);
  if (c.dropout > 0) line += fmt::format(", dropout {}", c.dropout);
  if (c.init_gain != 1) line += fmt::format(", init gain {}", c.init_gain);
  return line + (c.init.empty() ? "" : ", start weights from " + printable(c.init));
}

std::string optimizer_line(const TrainConfig& c) {
  std::string line = fmt::format("{}, lr {}", c.optimizer, *c.lr);
  if (c.optimizer == "sgd")
    line += fmt::format(", momentum {}{}", c.momentum, c.nesterov ? " (Nesterov)" : "");
  if (*c.weight_decay > 0 || *c.norm_weight_decay > 0)
    line += fmt::format(", weight decay {} (norms and biases {})", *c.weight_decay,
                        *c.norm_weight_decay);
  if (c.label_smoothing > 0) line += fmt::format(", label smoothing {}", c.label_smoothing);
  return line;
}

std::string plan_line(const TrainConfig& c, const DataLoader& loader) {
  std::string line =
      fmt::format("{} epoch(s) of {} steps, batch {}", c.epochs, loader.steps(), c.batch_size);
  if (loader.dropped() > 0)
    line += fmt::format(" (the last {} image(s) left out)", loader.dropped());
  if (c.max_steps > 0) line += fmt::format(", at most {} steps", c.max_steps);
  return line +
         fmt::format(", seed {}, {} thread(s), {} kernels", c.seed, num_threads(), kernels().name);
}

}  // namespace

std::vector<Row> plan_rows(const TrainConfig& c, const RunData& data, const DataLoader& loader,
                           const std::string& norm) {
  std::vector<Row> rows = {{"data", data.description}};
  if (c.limit_train > 0 || c.limit_test > 0)
    rows.push_back({"", fmt::format("of these {} training and {} test images", data.train->size(),
                                    data.test->size())});
  for (const std::string& note : data.notes) rows.push_back({"", note});
  if (!data.validation)
    rows.push_back(
        {"", "the best epoch is chosen on the test images, so its figure is optimistic"});
  rows.push_back(
      {"", fmt::format("normalised: mean {}; std {}", listed(data.info.normalization.mean),
                       listed(data.info.normalization.std))});
  rows.push_back({"model", model_line(c, norm)});
  rows.push_back({"optimizer", optimizer_line(c)});
  rows.push_back({"training", plan_line(c, loader)});
  return rows;
}

std::string format_plan(const TrainConfig& config, const RunData& data, const DataLoader& loader,
                        const std::string& norm) {
  return format_table(plan_rows(config, data, loader, norm), "ll");
}

std::string epoch_heading(const RunData& data) {
  const std::string watched = data.validation ? "val" : "test";
  return epoch_line({"epoch", "train loss", "train acc", watched + " loss", watched + " acc",
                     "seconds", "images/s"});
}

std::string format_epoch(const EpochMetrics& m, bool best) {
  const Score& watched = m.watched();
  Row cells = {fmt::format("{}", m.epoch),
               fmt::format("{:.4f}", m.train.loss),
               percent(m.train.accuracy),
               fmt::format("{:.4f}", watched.loss),
               percent(watched.accuracy),
               fmt::format("{:.1f}", m.seconds),
               fmt::format("{:.0f}", m.images_per_second)};
  if (best) cells.push_back("best");
  return epoch_line(cells);
}

std::string how_best_was_chosen(const EpochMetrics& best) {
  if (best.validation.images > 0)
    return fmt::format("chosen on {} validation images", best.validation.images);
  return "chosen on the test images themselves: optimistic; --val-split 0.1 chooses on held-back "
         "images";
}

std::string format_outcome(const RunResult& result) {
  const EpochMetrics &last = *result.last, &best = *result.best;
  std::vector<Row> rows = {{"result", fmt::format("test accuracy {} after the last epoch ({})",
                                                  percent(last.test.accuracy), last.epoch)}};
  const Score& best_test = result.best_on_test ? *result.best_on_test : best.test;
  if (best_test.images > 0) {
    rows.push_back({"best", fmt::format("{} after epoch {}, {}", percent(best_test.accuracy),
                                        best.epoch, how_best_was_chosen(best))});
  }
  return format_table(rows, "ll");
}

std::string format_skipped(const RunData& data) {
  std::vector<Row> rows;
  for (const std::string& line : data.skipped) rows.push_back({"not read", line});
  return rows.empty() ? "" : format_table(rows, "ll");
}

std::string format_files(const RunFolder& folder) {
  std::string names;
  for (const auto& file : {folder.config(), folder.metrics(), folder.last(), folder.best()})
    if (path_exists(file)) names += (names.empty() ? "" : ", ") + file.filename().string();
  std::string all;
  for (const std::string& line :
       wrapped_lines(printable(folder.dir) + ": " + names, output_width()))
    all += line + '\n';
  return all;
}

void report_unlocked(const std::string& command, const FolderLock& lock, bool quiet) {
  if (!quiet && !lock.warning().empty()) report(command, "warning", lock.warning());
}

int report_interrupt(const std::string& command, const RunResult& result, const RunFolder& folder,
                     bool quiet) {
  if (quiet) return 128 + result.signal;
  report(command, "interrupted",
         fmt::format("stopped in epoch {} after step {}; {} is written", result.at.epoch,
                     result.at.step, printable(folder.last())));
  return 128 + result.signal;
}

}  // namespace ek
