// PNG files: their structure and checksums, read before the decoder sees a byte.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "evenkeel/data/image_header.h"

namespace ek {

/// Walks over the chunks of a PNG file [ISO 15948] and checks what the decoder (stb_image) takes on trust: every chunk's
/// CRC-32, the Adler-32 and the length of the unpacked pixels, the sizes and the last chunk. Throws
/// std::invalid_argument with the reason alone. Unpacks the pixels piece by piece and keeps none.
ImageHeader check_png(std::span<const std::uint8_t> bytes);

/// The same file, as stb_image needs it: a palette of fewer than 256 colours is filled up with black, because the decoder
/// takes colours beyond its end from memory that nobody has written. REQUIRES: a file that check_png accepts.
std::vector<std::uint8_t> with_full_palette(std::vector<std::uint8_t> png);

}  // namespace ek
