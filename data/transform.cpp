#include "evenkeel/data/transform.h"

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/machine/parallel.h"

namespace ek {

Normalization measure_normalization(const Dataset& data) {
  check(data.size() > 0 && data.image_shape().numel() > 0, data.name(), ": no pixels to measure");
  const auto channels = static_cast<std::size_t>(data.image_shape()[0]);
  const auto plane = static_cast<std::size_t>(data.image_shape().product(1, 3));
  std::vector<std::array<std::uint64_t, 256>> counts(
      channels);  // how often each byte value occurs in each channel
  std::vector<std::uint8_t> pixels(channels * plane);
  for (std::int64_t i = 0; i < data.size(); ++i) {
    data.image(i, pixels);
    for (std::size_t c = 0; c < channels; ++c)
      for (std::size_t at = c * plane; at < (c + 1) * plane; ++at) ++counts[c][pixels[at]];
  }
  const double n = static_cast<double>(data.size()) * static_cast<double>(plane);
  Normalization result;
  for (const auto& histogram : counts) {
    double sum = 0, squares = 0;
    for (std::size_t v = 0; v < 256; ++v)
      sum += static_cast<double>(histogram[v]) * static_cast<double>(v);
    const double mean = sum / n;
    for (std::size_t v = 0; v < 256; ++v) {
      const double off = static_cast<double>(v) - mean;
      squares += static_cast<double>(histogram[v]) * off * off;
    }
    result.mean.push_back(mean / 255);
    result.std.push_back(squares > 0 ? std::sqrt(squares / n) / 255 : 1);
  }
  return result;
}

Tensor to_tensor(std::span<const std::uint8_t> pixels, const Shape& shape,
                 const Normalization& normalization) {
  check(shape.rank() == 4 && static_cast<std::int64_t>(pixels.size()) == shape.numel(),
        "to_tensor: ", pixels.size(), " bytes for images [N, C, H, W] = ", shape);
  const auto channels = static_cast<std::size_t>(shape[1]);
  check(normalization.mean.size() == channels && normalization.std.size() == channels,
        "to_tensor: constants for ", normalization.mean.size(), " channels, the images have ",
        channels);
  std::vector<std::array<Real, 256>> tables(channels);  // the results for the 256 values of a pixel
  for (std::size_t c = 0; c < channels; ++c)
    for (std::size_t v = 0; v < 256; ++v)
      tables[c][v] = static_cast<Real>((static_cast<double>(v) / 255 - normalization.mean[c]) /
                                       normalization.std[c]);
  Tensor out(shape);
  Real* values = out.mutable_data().data();
  const std::int64_t plane = shape.product(2, 4);
  parallel_each(shape.product(0, 2), 32, [&](std::int64_t map) {
    const std::array<Real, 256>& value = tables[static_cast<std::size_t>(map) % channels];
    for (std::int64_t i = map * plane; i < (map + 1) * plane; ++i)
      values[i] = value[pixels.data()[i]];
  });
  return out;
}

}  // namespace ek
