// From bytes to the numbers that a network sees.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/data/dataset.h"

namespace ek {

/// Per channel, in units of pixel / 255. A network needs the constants that it was trained with.
struct Normalization {
  std::vector<double> mean, std;
};

/// Mean and (biased) standard deviation of each channel over all pixels of all images; 1 for a standard
/// deviation of 0.
Normalization measure_normalization(const Dataset& data);

/// pixels [N, C, H, W] -> (pixel / 255 - mean[c]) / std[c], [N, C, H, W].
/// Throws std::invalid_argument unless there are as many bytes as the shape says, and constants for each
/// channel.
Tensor to_tensor(std::span<const std::uint8_t> pixels, const Shape& shape,
                 const Normalization& normalization);

}  // namespace ek
