// Image files to pixels.
#pragma once

#include "core/file.h"
#include "core/shape.h"

namespace ek {

/// Decodes a JPEG, PNG or BMP file into pixels [3, H, W] in RGB (grey is repeated, transparency dropped, 16
/// bits become 8). An image of another size is cropped to the wanted aspect ratio around its centre, then
/// resized. Throws DataError where the file cannot be read, is no such image or declares more than 64
/// megapixels.
void read_image(const fs::path& path, const Shape& image_shape, std::span<std::uint8_t> pixels);

}  // namespace ek
