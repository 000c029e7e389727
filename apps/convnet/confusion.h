// Which class is taken for which.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/data/loader.h"

namespace ek {

/// counts[true class][predicted class]
using Confusion = std::vector<std::vector<std::int64_t>>;

Confusion empty_confusion(std::size_t classes);

/// Counts a batch by the largest of its logits [N, K].
void count_predictions(Confusion& counts, const Batch& batch, const Tensor& logits);

/// The images of a class.
std::int64_t images_of(const Confusion& counts, std::size_t k);

inline constexpr std::size_t kWidestMatrix = 20;  // classes; a larger matrix is not shown

}  // namespace ek
