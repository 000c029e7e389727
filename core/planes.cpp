#include "core/planes.h"

#include "core/op.h"

namespace ek {
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
  const std::int64_t y = first_row - p.top;  // the image's row at the planes' first
  const std::int64_t row = std::clamp<std::int64_t>(-y, 0, p.rows), row_end = std::clamp(p.height - y, row, p.rows);
  const std::int64_t columns = std::clamp<std::int64_t>(p.pitch - p.left, 0, p.width);
  for (std::int64_t c = 0; c < p.channels; ++c, image += p.height * p.width, to += p.plane())
    kernels().copy_rows(row_end - row, columns, image + (y + row) * p.width, p.width, to + row * p.pitch + p.left,
                        p.pitch);
}

}  // namespace ek
