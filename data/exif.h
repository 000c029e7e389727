// EXIF: the one tag of a photograph that says how it is to be seen.
#pragma once

#include <cstdint>
#include <span>

namespace ek {

/// The Orientation tag (0x0112) of a block of EXIF data, which is a TIFF file [CIPA DC-008]: 1 to 8; 1, upright, where
/// the block has no such tag or is damaged. What a value means: see turned_upright in data/image.cpp.
int exif_orientation(std::span<const std::uint8_t> tiff);

}  // namespace ek
