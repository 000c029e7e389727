// BMP files: their header, checked before the decoder sees a byte.
#pragma once

#include <cstdint>
#include <span>

#include "evenkeel/data/image_header.h"

namespace ek {

/// Checks what the decoder (stb_image) takes on trust: sizes, that all rows are in the file, that every pixel's colour is
/// in the palette. Throws std::invalid_argument with the reason alone, also for the packed kinds (RLE, JPEG, PNG).
ImageHeader check_bmp(std::span<const std::uint8_t> bytes);

}  // namespace ek
