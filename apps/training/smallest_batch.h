// Whether a model can train on batches as small as a run will have.
#pragma once

#include <cstdint>

#include "apps/training/config.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/layers/layer.h"

namespace ek {

/// Passes a batch of so many images [C, H, W] through a model in training mode, which changes its
/// running statistics. Throws UsageError where a norm has one value per channel to normalise by,
/// with the flags that help.
void try_smallest_batch(Layer& model, const Shape& image, std::int64_t images,
                        const TrainConfig& config);

}  // namespace ek
