// Image files to pixels.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/files/file.h"

namespace ek {

/// What a file held before it was cropped and resized.
struct ImageFacts {
  std::int64_t width = 0, height = 0;  // upright
  bool turned = false;                 // by its EXIF orientation
  bool transparent = false;            // some of its pixels are
};

/// Decodes a JPEG, PNG or BMP file into pixels [3, H, W] in RGB. Grey is repeated, 16 bits become 8; what is transparent
/// is laid over white. A photograph is turned upright, as its EXIF orientation says. An image of another size is cropped
/// to the wanted aspect ratio around its centre, then resized. Throws DataError with the path where the file cannot be
/// read, is no such image, is damaged (checksums included) or declares more than 64 megapixels.
ImageFacts read_image(const fs::path& path, const Shape& image_shape,
                      std::span<std::uint8_t> pixels);

/// The same from the bytes of a file; `name` stands in messages.
ImageFacts decode_image(std::vector<std::uint8_t> bytes, const std::string& name,
                        const Shape& image_shape, std::span<std::uint8_t> pixels);

/// The most bytes that a file may have.
inline constexpr std::uint64_t kMaxImageBytes = std::uint64_t{320} << 20;

}  // namespace ek
