// One run of an experiment: what is trained, and what is measured while it is.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "apps/lab/record.h"
#include "apps/training/config.h"
#include "apps/training/description.h"
#include "apps/training/progress.h"
#include "apps/training/run.h"
#include "apps/training/run_data.h"
#include "apps/training/trainer.h"
#include "evenkeel/data/loader.h"
#include "evenkeel/layers/layer.h"
#include "evenkeel/optim/optimizer.h"

namespace ek {

/// A training as a probe sees it. Probes may read anything and note what they find; they leave the model, its running
/// statistics and its gradients as they were.
struct Training {
  const TrainConfig& config;
  const RunData& data;
  Layer& model;
  Optimizer& optimizer;
  const Batch* batch;  // of the step just made; none before the first step and at the end
  std::int64_t step;   // how many steps were made
  Record& record;

  /// Appends to the record's list of that name.
  void note(const std::string& name, double value) const { record.values[name].push_back(value); }
  /// Loss and accuracy in inference mode on the test images, or on the training images.
  Score test_score() const;
  Score train_score() const;
};

using Probe = std::function<void(Training&)>;

/// A run: its configuration has the data set, the model, the seed and the number of steps. The record has, by name:
///   "classes"                         of the data set, how many
///   "train_loss"                      of the batch, for every step
///   "test_step", "test_loss", "test_acc"   after every test
///   times "train_seconds"             of the steps alone
/// and what probes note. A run that becomes non-finite ends there, says so in the record, and calls no `at_end`.
struct Trial {
  /// Names the run, together with its seed: letters, digits, '-' and '.': "batch-lr-0.1".
  std::string arm;
  TrainConfig config;
  /// Tests after so many steps each, and after the last one; 0: only after that.
  std::int64_t test_every = 0;
  /// What trains, where it is not the configuration's model.
  std::function<std::unique_ptr<Layer>(const TrainConfig&, const DataInfo&)> make = {};
  Probe at_start = {}, after_step = {}, at_end = {};
  /// What `make` and the probes depend on beside the configuration, in a word or two: a record is taken for this run's
  /// only if it was made from the same.
  std::string variant = "";

  std::string name() const;  // "batch-lr-0.1-seed-2"
  /// All that the record depends on, as JSON.
  std::string description() const;
};

/// Trains and measures. Ends early on an interrupt: the record is then not to be used.
Record run_trial(const Trial& trial, const RunData& data, Progress& progress);
/// How many steps that will make at most.
std::int64_t steps_of(const Trial& trial, const RunData& data);

}  // namespace ek
