// DataLoader: the batches of an epoch, in an order that depends on the seed and the epoch's number alone.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/data/dataset.h"
#include "evenkeel/data/prefetch.h"
#include "evenkeel/data/transform.h"

namespace ek {

struct Batch {
  Tensor images;                      // [N, C, H, W], normalised
  std::vector<int> labels;            // [N]
  std::vector<std::int64_t> indices;  // [N], of the images in the dataset
};

/// The images at `indices`, as a batch. What is random about an image is to be drawn from (seed, epoch, index), never
/// from its place in a batch or the time that it is made at.
Batch make_batch(const Dataset& data, const Normalization& normalization,
                 std::span<const std::int64_t> indices);

/// What becomes of a last batch that is not full. automatic: it is kept, unless it is a single image, which
/// BatchNorm cannot be trained on.
enum class DropLast { automatic, yes, no };

struct LoaderOptions {
  std::int64_t batch_size = 128;
  bool shuffle = true;
  std::uint64_t seed = 0;
  DropLast drop_last = DropLast::automatic;
  int prefetch = 2;  // batches made ahead by background threads; the batches do not depend on it
};

/// Cuts a dataset into batches. To evaluate, use {.shuffle = false, .drop_last = DropLast::no}.
///
///   for (const Batch& batch : loader.epoch(3)) ...
class DataLoader {
 public:
  /// Throws std::invalid_argument where an option is out of range or not even one batch comes out.
  DataLoader(std::shared_ptr<const Dataset> dataset, Normalization normalization,
             LoaderOptions options = {});

  /// Batches in an epoch.
  std::int64_t steps() const { return steps_; }
  /// Images that an epoch leaves out (with shuffle, others each time).
  std::int64_t dropped() const {
    return std::max<std::int64_t>(0, dataset_->size() - steps_ * options_.batch_size);
  }

  /// The batches first_step, ..., steps() - 1 of an epoch (0, 1, ...). A run that stopped after k steps goes
  /// on with epoch(number, k). The sequence stays valid when the loader is gone.
  Prefetched<Batch> epoch(std::int64_t number, std::int64_t first_step = 0) const;

 private:
  std::shared_ptr<const Dataset> dataset_;
  Normalization normalization_;
  LoaderOptions options_;
  std::int64_t steps_ = 0;
};

}  // namespace ek
