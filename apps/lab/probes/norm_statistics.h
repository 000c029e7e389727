// What goes into a model's BatchNorms, and how well running statistics describe it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "apps/lab/trial.h"
#include "apps/training/trainer.h"
#include "evenkeel/core/base/norm_view.h"
#include "evenkeel/core/ops/normalize.h"
#include "evenkeel/data/loader.h"
#include "evenkeel/layers/layer.h"

namespace ek {

/// Mean and biased variance of every channel of one batch, each over `count` values.
struct BatchMoments {
  Moments channels;
  std::int64_t count;
};

/// What the model's BatchNorms take in meanwhile: training, their batch's own statistics; inference, the running ones.
/// All other layers, dropout above all, are in inference mode.
enum class NormMode { training, inference };

/// The input of each BatchNorm, by the layer's path, batch by batch, of at most so many batches (0: all of an epoch).
/// Changes nothing.
std::map<std::string, std::vector<BatchMoments>> norm_inputs(Layer& model, const DataLoader& loader,
                                                             NormMode mode,
                                                             std::int64_t at_most = 0);

/// Mean and biased variance over the values of all batches. REQUIRES: at least one batch.
Moments together(const std::vector<BatchMoments>& batches);

/// How far a batch's mean is from that of all batches, in standard deviations of the channel's values: the root of the
/// mean square over batches and channels. Channels that never change are left out.
double noise_of_means(const std::vector<BatchMoments>& batches);

/// The test score with running statistics measured anew: mean and variance over 2,048 training images, or all if there
/// are fewer, instead of averages over the last steps. Changes nothing.
Score reestimated_score(const Training& training);

}  // namespace ek
