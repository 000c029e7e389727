// Images as the direct convolution reads them: with their borders of zeros, and for strides cut into phases, so that
// every value under the kernel is the same plane at another offset.
#pragma once

#include "core/conv.h"

namespace ek {

/// a / b, rounded up.
inline std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

/// A band of one image [channels, height, width]. With `top` rows and `left` columns of zeros before it, pixel
/// (i step.h + a, j step.w + b) of the padded image stands in row i and column j of the plane of phase (a, b).
struct Planes {
  std::int64_t channels, height, width, top, left;
  Pair step, phases;         // only phases a < phases.h, b < phases.w are kept
  std::int64_t rows, pitch;  // of a plane; the pitch is its number of columns

  /// Values from one plane to the next: whole vectors, zeros behind the last row.
  std::int64_t plane() const;
  /// Values of the band, with room behind it that the kernels may read.
  std::int64_t size() const;
  /// Where pixel (row, column) of the padded image stands, counted from the band's first row.
  std::int64_t offset(std::int64_t channel, std::int64_t row, std::int64_t column) const;
};

/// Writes the band whose planes begin with their row `first_row` (it may be negative): image -> to [size()].
void pack(const Planes& planes, const Real* image, std::int64_t first_row, Real* to);

/// The rows of a result of `height` that are done at once, so that the planes under them fill about an eighth of the L2
/// cache and a block of the result a sixteenth; fewer, where there are too few images to keep several threads busy.
std::int64_t band_rows(std::int64_t images, std::int64_t height, std::int64_t channels, std::int64_t pitch);

}  // namespace ek
