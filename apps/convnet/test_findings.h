// What a test shows beside its score: the confusions and the worst mistakes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "apps/convnet/confusion.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/data/loader.h"

namespace ek {

/// An image that was taken for another class.
struct Mistake {
  std::int64_t image;  // its index in the data set
  int truth, predicted;
  double true_probability, predicted_probability;
};

struct TestFindings {
  Confusion confusion;         // empty before the first batch
  std::vector<Mistake> worst;  // those with the highest loss, the highest first
};

inline constexpr std::size_t kWorstMistakes = 8;

/// Adds a batch of the test and its logits [N, K].
void add_batch(TestFindings& findings, const Batch& batch, const Tensor& logits);

}  // namespace ek
