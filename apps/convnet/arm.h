// One of the runs that compare sets side by side.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apps/convnet/layer_values.h"
#include "apps/convnet/test_findings.h"
#include "apps/training/config.h"
#include "apps/training/metrics.h"
#include "apps/training/run.h"
#include "apps/training/run_data.h"
#include "apps/training/run_folder.h"
#include "apps/training/trainer.h"

namespace ek {

struct Arm {
  enum class State { waiting, running, interrupted, done };

  TrainConfig config;
  std::unique_ptr<Run> run;
  RunFolder folder = {};
  State state = State::waiting;
  std::vector<EpochMetrics> epochs = {};
  std::optional<EpochMetrics> best = {};
  Position failed = {.epoch = 0};  // where its numbers stopped being finite; epoch 0: they did not
  std::string failure = {};        // and how

  TestFindings testing = {}, tested = {};  // of the test that goes on, and of the last one
  std::int64_t tested_epoch = 0;           // after which epoch that was; 0: none yet
  bool measured = false;
  std::vector<LayerValues> layers = {};  // as they are now, where `measured`

  /// The score that counts: on the test images after the last epoch. None while the arm has not got there.
  std::optional<Score> outcome() const {
    if (epochs.empty() || epochs.back().test.images == 0) return {};
    return epochs.back().test;
  }
  const std::string& norm() const { return config.norm; }
  bool has_failed() const { return failed.epoch > 0; }
};

inline constexpr std::int64_t kMeasuredImages = 128;  // at most; of the test, and of the training

/// Measures the layers as they are now, on a copy of the model: the training does not notice.
void measure(Arm& arm, const RunData& data);

}  // namespace ek
