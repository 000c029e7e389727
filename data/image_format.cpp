#include "evenkeel/data/image_format.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <string_view>
#include <vector>

namespace ek {
namespace {

/// A format that photographs come in and that is not read here.
struct Foreign {
  std::string name, tool;
  std::vector<std::string> endings;
  std::size_t at;                  // where its mark stands in a file
  std::vector<std::string> marks;  // what stands there
};

const std::vector<Foreign>& foreign_formats() {
  using namespace std::string_literals;
  const std::string magick = "mogrify -format png *";
  static const std::vector<Foreign> all = {
      {"WebP", magick + ".webp (ImageMagick)", {".webp"}, 8, {"WEBP"}},
      {"GIF", magick + ".gif (ImageMagick)", {".gif"}, 0, {"GIF87a", "GIF89a"}},
      {"TIFF", magick + ".tiff (ImageMagick)", {".tif", ".tiff"}, 0, {"II*\0"s, "MM\0*"s}},
      {"HEIC",
       "heif-convert IMAGE.heic IMAGE.jpg (libheif-examples)",
       {".heic", ".heif"},
       4,
       {"ftypheic", "ftypheix", "ftypmif1", "ftypmsf1", "ftyphevc"}},
      {"AVIF",
       "heif-convert IMAGE.avif IMAGE.jpg (libheif-examples)",
       {".avif"},
       4,
       {"ftypavif", "ftypavis"}},
      {"JPEG 2000", magick + ".jp2 (ImageMagick)", {".jp2", ".j2k", ".jpx"}, 4, {"jP  "}},
      {"JPEG XL", "djxl IMAGE.jxl IMAGE.png (libjxl-tools)", {".jxl"}, 4, {"JXL "}},
      {"PNM", magick + ".ppm (ImageMagick)", {".ppm", ".pgm", ".pbm", ".pnm"}, 0, {"P5\n", "P6\n"}},
      {"SVG", "rsvg-convert -o IMAGE.png IMAGE.svg (librsvg2-bin)", {".svg"}, 0, {"<svg"}}};
  return all;
}

std::string ending_of(const std::filesystem::path& path) {
  std::string ending = path.extension().native();
  for (char& c : ending) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return ending;
}

bool has_mark(std::span<const std::uint8_t> bytes, std::size_t at, std::string_view mark) {
  if (bytes.size() < at + mark.size()) return false;
  return std::ranges::equal(bytes.subspan(at, mark.size()), mark, {},
                            [](std::uint8_t b) { return static_cast<char>(b); });
}

}  // namespace

ImageFormat image_format(std::span<const std::uint8_t> bytes) {
  if (has_mark(bytes, 0, "\xFF\xD8")) return ImageFormat::jpeg;
  if (has_mark(bytes, 0, "\x89PNG\r\n\x1A\n")) return ImageFormat::png;
  if (has_mark(bytes, 0, "BM")) return ImageFormat::bmp;
  return ImageFormat::unknown;
}

bool has_image_name(const std::filesystem::path& path) {
  constexpr std::array<std::string_view, 6> kEndings = {".jpg",  ".jpeg", ".jpe",
                                                        ".jfif", ".png",  ".bmp"};
  return std::ranges::find(kEndings, ending_of(path)) != kEndings.end();
}

std::string foreign_format(const std::filesystem::path& path) {
  const std::string ending = ending_of(path);
  for (const Foreign& format : foreign_formats()) {
    if (std::ranges::find(format.endings, ending) != format.endings.end()) return format.name;
  }
  return {};
}

std::string foreign_format(std::span<const std::uint8_t> bytes) {
  for (const Foreign& format : foreign_formats()) {
    const auto matches = [&](const std::string& mark) { return has_mark(bytes, format.at, mark); };
    if (std::ranges::any_of(format.marks, matches)) return format.name;
  }
  return {};
}

std::string how_to_convert(const std::string& format) {
  for (const Foreign& one : foreign_formats()) {
    if (one.name == format) return one.tool;
  }
  return {};
}

}  // namespace ek
