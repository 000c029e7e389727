// Images as the direct convolution and implicit GEMM read them: with their borders of zeros, so that every value under the
// kernel is the same plane at another offset.
#pragma once

#include <cstdint>
#include <vector>

#include "evenkeel/core/base/checked.h"
#include "evenkeel/core/base/conv_shape.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/fast/channels_last.h"
#include "evenkeel/core/kernels/kernels.h"

namespace ek {

/// A band of one image [channels, height, width] with its borders: `top` rows and `left` columns of zeros before it, and
/// enough behind to make planes of rows x pitch.
struct Planes {
  std::int64_t channels, height, width, top, left, rows, pitch;

  /// Values from one plane to the next: whole vectors, zeros behind the last row.
  std::int64_t plane() const { return padded_channels(rows * pitch); }
  /// Values of the band, with room behind it that the kernels may read: whole vectors from the place of a tap on, which lies
  /// less than a row into the last row that it reaches.
  std::int64_t size() const { return channels * plane() + padded_channels(pitch) + kChannelBlock; }
};

/// Writes the band that begins with row `first_row` of the bordered image: image -> to [size()], which is all zeros, or was
/// written by these planes before.
void pack(const Planes& planes, const Real* image, std::int64_t first_row, Real* to);

/// The planes themselves, where their size fits into 64 bits, and with it every distance in them; else throws
/// std::invalid_argument. To be called before the first of size(), plane() and the offsets below.
Planes checked(const Planes& planes);

/// What the kernel meets under `band` rows of the result.
Planes planes_under(const ConvShape& s, std::int64_t band);

using Offsets = std::vector<std::int64_t>;

/// Of every value under the kernel, in the order of the weight [C, KH, KW].
Offsets tap_offsets(const ConvShape& s, const Planes& planes);

/// Of rows x columns pixels, row after row.
Offsets pixel_offsets(std::int64_t rows, std::int64_t columns, std::int64_t row_step,
                      std::int64_t step);

/// The rows of a result of `height` that are done at once, so that the planes under them fill about an eighth of the L2
/// cache and a block of the result a sixteenth; fewer, where there are too few images to keep several threads busy.
std::int64_t band_rows(std::int64_t images, std::int64_t height, std::int64_t channels,
                       std::int64_t pitch);

}  // namespace ek
