// Which files are images, by their names and by their first bytes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace ek {

enum class ImageFormat { jpeg, png, bmp, unknown };

/// By the first bytes, whatever the file's name is.
ImageFormat image_format(std::span<const std::uint8_t> bytes);

/// True for .jpg, .jpeg, .jpe, .jfif, .png and .bmp, in any case of letters.
bool has_image_name(const std::filesystem::path& path);
/// These endings, for messages.
inline constexpr const char* kImageEndings = ".jpg, .jpeg, .jpe, .jfif, .png, .bmp";

/// "WebP" for a photograph in a format that is not read here (WebP, GIF, TIFF, HEIC, AVIF, ...), by its name; empty for
/// every other name.
std::string foreign_format(const std::filesystem::path& path);
/// The same by a file's first bytes.
std::string foreign_format(std::span<const std::uint8_t> bytes);

/// What converts files of that format: "mogrify -format png *.webp (ImageMagick)".
std::string how_to_convert(const std::string& format);

}  // namespace ek
