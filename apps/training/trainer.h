// The training loop and its counterpart, evaluation.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "apps/training/progress.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/data/dataset.h"
#include "evenkeel/data/loader.h"
#include "evenkeel/data/transform.h"
#include "evenkeel/layers/layer.h"
#include "evenkeel/optim/optimizer.h"

namespace ek {

/// Averages over images.
struct Score {
  double loss = 0, accuracy = 0;  // accuracy in [0, 1]
  std::int64_t images = 0;
};

/// Where a run is: the epoch (1, 2, ...) and how many steps the optimizer has made in all.
struct Position {
  std::int64_t epoch = 1, step = 0;
};

struct EpochOptions {
  double label_smoothing = 0;
  std::int64_t max_steps = 0;  // over all epochs; 0: no limit
};

/// Loss, backward, update on one batch [N, C, H, W]. A loss that is not finite changes nothing: no update is
/// made.
struct StepResult {
  double loss;
  std::int64_t correct;
};
StepResult train_step(Layer& model, Optimizer& optimizer, const Tensor& images,
                      std::span<const int> labels, double label_smoothing);

/// One pass over the loader's batches in training mode, counted in `at.step`; ends early after max_steps or
/// on an interrupt. The score is that of the model as it was at each step. Throws NonFiniteError, naming the
/// first layer whose output is not finite.
Score train_epoch(Layer& model, Optimizer& optimizer, const DataLoader& loader, Position& at,
                  const EpochOptions& options, Progress& progress);

/// Loss and accuracy in inference mode, without label smoothing. `watch`, where given, sees every batch and
/// its logits [N, K]. Ends early on an interrupt.
using LogitsWatch = std::function<void(const Batch& batch, const Tensor& logits)>;
Score evaluate(Layer& model, const DataLoader& loader, Progress& progress,
               const LogitsWatch& watch = {});

/// The batches to evaluate on: all images in their order. Their size is always the same, so that no flag
/// changes a score.
DataLoader evaluation_loader(std::shared_ptr<const Dataset> data,
                             const Normalization& normalization);

}  // namespace ek
