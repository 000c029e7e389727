#include "evenkeel/core/fast/planes.h"

#include <algorithm>
#include <cstdint>

#include "evenkeel/core/base/conv_shape.h"
#include "evenkeel/core/base/pair.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/kernels/kernels.h"
#include "evenkeel/core/tensor/op.h"

namespace ek {

std::int64_t band_rows(std::int64_t images, std::int64_t height, std::int64_t channels,
                       std::int64_t pitch) {
  constexpr std::int64_t kPlanes = std::int64_t{1} << 15, kResult = std::int64_t{1} << 14,
                         kTasks = 16;
  const std::int64_t fitting = std::clamp<std::int64_t>(
      std::min(kPlanes / channels, kResult / kOutBlock) / pitch, 1, height);
  const std::int64_t bands =
      std::max(ceil_div(height, fitting),
               std::min(height, ceil_div(kTasks, std::max<std::int64_t>(images, 1))));
  return ceil_div(height, bands);
}

Planes checked(const Planes& planes) {
  constexpr CheckedSizes kSizes{"conv2d: an image with its borders"};
  const std::int64_t plane = kSizes.add(kSizes.multiply(planes.rows, planes.pitch), kChannelBlock);
  kSizes.add(kSizes.add(kSizes.multiply(planes.channels, plane), planes.pitch), 2 * kChannelBlock);
  return planes;
}

// No sum of these can overflow: they are at most the size of the image with its padding, see conv_shape.
Planes planes_under(const ConvShape& s, std::int64_t band) {
  const Pair reach = {(s.kernel.h - 1) * s.dilation.h, (s.kernel.w - 1) * s.dilation.w};
  const std::int64_t rows = (band - 1) * s.stride.h + reach.h + 1,
                     pitch = (s.out_width - 1) * s.stride.w + reach.w + 1;
  return checked({s.in_channels, s.height, s.width, s.pad_top, s.pad_left, rows, pitch});
}

Offsets tap_offsets(const ConvShape& s, const Planes& planes) {
  Offsets offsets;
  for (std::int64_t c = 0; c < s.in_channels; ++c)
    for (std::int64_t u = 0; u < s.kernel.h; ++u)
      for (std::int64_t v = 0; v < s.kernel.w; ++v)
        offsets.push_back(c * planes.plane() + u * s.dilation.h * planes.pitch + v * s.dilation.w);
  return offsets;
}

Offsets pixel_offsets(std::int64_t rows, std::int64_t columns, std::int64_t row_step,
                      std::int64_t step) {
  Offsets offsets;
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = 0; j < columns; ++j) offsets.push_back(i * row_step + j * step);
  return offsets;
}

void pack(const Planes& p, const Real* image, std::int64_t first_row, Real* to) {
  const std::int64_t y = first_row - p.top;  // the image's row at the planes' first
  const std::int64_t row = std::clamp<std::int64_t>(-y, 0, p.rows),
                     row_end = std::clamp(p.height - y, row, p.rows);
  const std::int64_t columns = std::clamp<std::int64_t>(p.pitch - p.left, 0, p.width);
  for (std::int64_t c = 0; c < p.channels; ++c, image += p.height * p.width, to += p.plane()) {
    std::fill_n(to, row * p.pitch, Real(0));
    kernels().copy_rows(row_end - row, columns, image + (y + row) * p.width, p.width,
                        to + row * p.pitch + p.left, p.pitch);
    std::fill_n(to + row_end * p.pitch, (p.rows - row_end) * p.pitch, Real(0));
  }
}

}  // namespace ek
