// What the header of an image file says, and how much is too much.
#pragma once

#include <cstdint>

namespace ek {

/// What can be known of an image without decoding it.
struct ImageHeader {
  std::int64_t width = 0, height = 0;
  int orientation = 1;  // of data/exif.h
};

/// An image of more pixels, or one that unpacks to more bytes, is refused before any memory is asked for.
inline constexpr std::int64_t kMaxPixels = std::int64_t{64} << 20;
inline constexpr std::int64_t kMaxUnpackedBytes = 4 * kMaxPixels;

}  // namespace ek
