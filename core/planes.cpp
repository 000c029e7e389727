#include "core/planes.h"

#include "core/channels_last.h"
#include "core/op.h"

namespace ek {
namespace {

/// The least i with i step + offset >= 0.
std::int64_t first_inside(std::int64_t offset, std::int64_t step) {
  return offset >= 0 ? 0 : (-offset + step - 1) / step;
}

}  // namespace

std::int64_t Planes::plane() const { return padded_channels(rows * pitch); }

// Whole vectors are read from the place of a tap on, which lies less than a row into the last row that it reaches.
std::int64_t Planes::size() const {
  return channels * phases.h * phases.w * plane() + padded_channels(pitch) + kChannelBlock;
}

std::int64_t Planes::offset(std::int64_t channel, std::int64_t row, std::int64_t column) const {
  const std::int64_t phase = row % step.h * phases.w + column % step.w;
  return (channel * phases.h * phases.w + phase) * plane() + row / step.h * pitch + column / step.w;
}

std::int64_t band_rows(std::int64_t images, std::int64_t height, std::int64_t channels, std::int64_t pitch) {
  constexpr std::int64_t kPlanes = std::int64_t{1} << 15, kResult = std::int64_t{1} << 14, kTasks = 16;
  const std::int64_t fitting =
      std::clamp<std::int64_t>(std::min(kPlanes / channels, kResult / kOutBlock) / pitch, 1, height);
  const std::int64_t bands =
      std::max(ceil_div(height, fitting), std::min(height, ceil_div(kTasks, std::max<std::int64_t>(images, 1))));
  return ceil_div(height, bands);
}

void pack(const Planes& p, const Real* image, std::int64_t first_row, Real* to) {
  std::fill_n(to, p.size(), Real(0));
  for (std::int64_t c = 0; c < p.channels; ++c, image += p.height * p.width)
    for (std::int64_t a = 0; a < p.phases.h; ++a)
      for (std::int64_t b = 0; b < p.phases.w; ++b, to += p.plane()) {
        const std::int64_t y = first_row * p.step.h + a - p.top,
                           x = b - p.left;  // the image's pixel at the plane's first
        const std::int64_t row = std::min(first_inside(y, p.step.h), p.rows);
        const std::int64_t row_end = std::clamp(first_inside(y - p.height, p.step.h), row, p.rows);
        const std::int64_t column = std::min(first_inside(x, p.step.w), p.pitch);
        const std::int64_t column_end = std::clamp(first_inside(x - p.width, p.step.w), column, p.pitch);
        const Real* from = image + (y + row * p.step.h) * p.width + x + column * p.step.w;
        kernels().copy_rows(row_end - row, column_end - column, from, p.step.h * p.width, p.step.w,
                            to + row * p.pitch + column, p.pitch);
      }
}

}  // namespace ek
