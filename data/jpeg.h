// JPEG files: what their headers say, read before the decoder sees a byte.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "evenkeel/data/image_header.h"

namespace ek {

/// Walks over the segments of a JPEG file [ITU T.81] and checks what the decoder (stb_image) takes on trust. Throws
/// std::invalid_argument with the reason alone for: a file that is cut off, sizes that are 0 or too large, more than
/// 100 scans or so many that decoding takes long, Huffman tables that are too large, and the kinds that stb_image cannot
/// decode or would decode into wrong colours.
ImageHeader check_jpeg(std::span<const std::uint8_t> bytes);

/// The same file, as stb_image needs it: where four inks come without Adobe's marker, it would take them for
/// luminance and chrominance. Then the marker is added, which says that they are cyan, magenta, yellow and black,
/// inverted, as Adobe's programs write them.
std::vector<std::uint8_t> with_adobe_marker(std::vector<std::uint8_t> jpeg);

}  // namespace ek
