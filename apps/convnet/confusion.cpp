#include "apps/convnet/confusion.h"

#include <cstddef>

#include "evenkeel/core/ops/loss.h"
#include "evenkeel/core/tensor/tensor.h"

namespace ek {

Confusion empty_confusion(std::size_t classes) {
  return Confusion(classes, std::vector<std::int64_t>(classes, 0));
}

void count_predictions(Confusion& counts, const Batch& batch, const Tensor& logits) {
  const std::vector<int> predicted = argmax_rows(logits);
  for (std::size_t i = 0; i < predicted.size(); ++i)
    ++counts[static_cast<std::size_t>(batch.labels[i])][static_cast<std::size_t>(predicted[i])];
}

std::int64_t images_of(const Confusion& counts, std::size_t k) {
  std::int64_t sum = 0;
  for (const std::int64_t count : counts[k]) sum += count;
  return sum;
}

}  // namespace ek
