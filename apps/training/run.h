// A training run: from a configuration and data to a folder with checkpoints and metrics.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apps/training/checkpoint.h"
#include "apps/training/config.h"
#include "apps/training/description.h"
#include "apps/training/metrics.h"
#include "apps/training/outlook.h"
#include "apps/training/progress.h"
#include "apps/training/run_data.h"
#include "apps/training/run_folder.h"
#include "apps/training/trainer.h"
#include "evenkeel/data/loader.h"
#include "evenkeel/layers/layer.h"
#include "evenkeel/optim/optimizer.h"

namespace ek {

/// The batches to train on, as the flags say. Throws UsageError where not even one comes out.
DataLoader training_loader(const TrainConfig& config, const RunData& data);

/// What a run tells its caller as it goes.
struct RunWatch {
  std::function<void(const EpochMetrics& metrics, bool best)> epoch;
  std::function<void(const std::string& message)> warning;  // a metrics file that cannot be written
  LogitsWatch test = {};                                    // every batch of every epoch's test
  Outlook* outlook =
      nullptr;  // of the work that this run is a part of, where it was planned; else its own
};

struct RunResult {
  std::optional<EpochMetrics> last, best;  // none where not even one epoch was finished
  std::optional<Score> best_on_test;  // of the best epoch, where it was chosen on validation images
  Position at;
  int signal = 0;  // what interrupted it, or 0
};

class Run {
 public:
  /// Builds the model, with its start weights, the optimizer and the loaders, and tries the smallest batch of
  /// an epoch, so that all that the flags and the data could not agree on is found before the first step.
  /// Throws UsageError, and DataError for --init. Writes no file.
  Run(const TrainConfig& config, const RunData& data);

  /// Trains and writes: config.json, then after every epoch best.safetensors, if its accuracy on the validation images
  /// (without them: on the test images) is the best so far, last.safetensors, and a line of metrics.jsonl. With
  /// validation images, the test images are looked at once, after the last epoch: by the last weights and by the best.
  /// An interrupt ends it after the current step, with last.safetensors written. Throws NonFiniteError after noting it
  /// in metrics.jsonl; the checkpoints stay as they were.
  RunResult train(const RunFolder& folder, const RunWatch& watch);

  /// Adds the steps of this run to what lies ahead, or takes those off that will not be made.
  void plan(Outlook& outlook) const;
  void drop(Outlook& outlook) const;

  Layer& model() { return *model_; }
  const DataLoader& train_loader() const { return train_loader_; }
  /// What the user should know before it starts; empty where there is nothing.
  const std::string& warning() const { return warning_; }

 private:
  void load_initial_weights();
  /// Saves what the epoch is worth; true if it is the best so far.
  bool finish_epoch(const RunFolder& folder, const EpochMetrics& metrics, RunResult& result);
  EpochMetrics train_one_epoch(Position& at, const LogitsWatch& watch, Outlook* outlook);
  Score evaluate_on(const DataLoader& loader, const char* what, const Position& at,
                    const LogitsWatch& watch, Outlook* outlook);
  Score test_best(const RunFolder& folder, const EpochMetrics& best);
  bool is_last(const Position& at) const;
  void save(const std::filesystem::path& file, const Position& at,
            const EpochMetrics* metrics) const;
  std::string training_part() const { return config_.norm + ", training"; }
  std::string test_part() const { return config_.norm + ", test"; }
  ProgressOptions progress() const { return {config_.quiet, config_.print_freq}; }

  TrainConfig config_;
  DataInfo data_;
  DataLoader train_loader_, test_loader_;
  std::optional<DataLoader> validation_loader_;
  std::unique_ptr<Layer> model_;
  std::unique_ptr<Optimizer> optimizer_;
  std::string warning_;
};

}  // namespace ek
