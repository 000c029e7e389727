#include "core/planes.h"

#include <algorithm>

#include "core/channels_last.h"
#include "core/kernels/dispatch.h"

namespace ek {
namespace {

/// The least i with i step + offset >= 0.
std::int64_t first_inside(std::int64_t offset, std::int64_t step) {
  return offset >= 0 ? 0 : (-offset + step - 1) / step;
}

}  // namespace

std::int64_t Planes::plane() const { return padded_channels(rows * pitch); }

std::int64_t Planes::size() const { return channels * phases.h * phases.w * plane() + kChannelBlock; }

std::int64_t Planes::offset(std::int64_t channel, std::int64_t row, std::int64_t column) const {
  const std::int64_t phase = row % step.h * phases.w + column % step.w;
  return (channel * phases.h * phases.w + phase) * plane() + row / step.h * pitch + column / step.w;
}

void pack(const Planes& p, const Real* image, std::int64_t first_row, Real* to) {
  for (std::int64_t c = 0; c < p.channels; ++c, image += p.height * p.width)
    for (std::int64_t a = 0; a < p.phases.h; ++a)
      for (std::int64_t b = 0; b < p.phases.w; ++b, to += p.plane()) {
        const std::int64_t from = b - p.left;  // the image's column of the plane's first
        const std::int64_t begin = std::min(first_inside(from, p.step.w), p.pitch);
        const std::int64_t end = std::clamp(first_inside(from - p.width, p.step.w), begin, p.pitch);
        Real* line = to;
        for (std::int64_t r = 0; r < p.rows; ++r, line += p.pitch) {
          const std::int64_t y = (first_row + r) * p.step.h + a - p.top;
          if (y < 0 || y >= p.height) {
            std::fill_n(line, p.pitch, Real(0));
            continue;
          }
          const Real* x = image + y * p.width + begin * p.step.w + from;
          std::fill_n(line, begin, Real(0));
          if (p.step.w == 1)
            std::copy_n(x, end - begin, line + begin);
          else
            kernels().every(end - begin, x, p.step.w, line + begin);
          std::fill_n(line + end, p.pitch - end, Real(0));
        }
        std::fill(line, to + p.plane(), Real(0));
      }
  std::fill_n(to, kChannelBlock, Real(0));
}

}  // namespace ek
