#include "data/image.h"

#include <memory>
#include <new>

#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
#define STBI_NO_STDIO
#define STBI_ONLY_JPEG
#define STBI_ONLY_PNG
#define STBI_ONLY_BMP
#include <stb/stb_image.h>
#define STB_IMAGE_RESIZE_STATIC
#define STB_IMAGE_RESIZE_IMPLEMENTATION
#include <stb/stb_image_resize.h>

namespace ek {
namespace {

constexpr std::int64_t kMaxPixels = std::int64_t{64} << 20;
constexpr std::uint64_t kMaxBytes = 5 * kMaxPixels;  // an uncompressed BMP with transparency has 4 bytes a pixel

struct Decoded {
  std::unique_ptr<stbi_uc, decltype(&stbi_image_free)> pixels;  // [height, width, 3]
  int width, height;
};

/// The decoder has room for 256 symbols in a Huffman table and does not check that, so this is done here: a walk over
/// the JPEG's segments FF, marker, length (2 bytes, counting themselves), content. A DHT segment (marker C4) holds
/// tables: 1 byte, 16 counts of symbols, the symbols.
void check_huffman_tables(const fs::path& path, std::span<const std::uint8_t> bytes) {
  constexpr std::uint8_t kTables = 0xC4, kEnd = 0xD9;
  for (std::size_t at = 0; at + 4 <= bytes.size();) {
    const std::uint8_t marker = bytes[at + 1];
    const bool bare = marker == 0x00 || marker == 0xFF || (marker >= 0xD0 && marker <= 0xD8);  // without a segment
    if (bytes[at] != 0xFF || bare) {
      ++at;
      continue;
    }
    if (marker == kEnd) return;
    const std::size_t next = at + 2 + std::max<std::size_t>(2, bytes[at + 2] * 256u + bytes[at + 3]);
    for (std::size_t table = at + 4; marker == kTables && table < next;) {
      std::size_t symbols = 0;
      for (std::size_t i = table + 1; i <= table + 16 && i < bytes.size(); ++i) symbols += bytes[i];
      check_data(symbols <= 256, printable(path), ": cannot be decoded: a Huffman table of ", symbols,
                 " symbols, expected at most 256");
      table += 17 + symbols;
    }
    at = next;
  }
}

Decoded decode(const fs::path& path) {
  const std::vector<std::uint8_t> bytes = read_file(path, kMaxBytes);
  check_data(!bytes.empty(), printable(path), ": the file is empty, expected an image");
  if (bytes[0] == 0xFF) check_huffman_tables(path, bytes);  // neither a PNG nor a BMP starts so
  const int size = static_cast<int>(bytes.size());
  int width = 0, height = 0, channels = 0;
  const bool understood = stbi_info_from_memory(bytes.data(), size, &width, &height, &channels) != 0;
  check_data(std::int64_t{width} * height <= kMaxPixels, printable(path), ": declares ", width, "x", height,
             " pixels, expected at most ", kMaxPixels);
  // Also where the header is not understood: stbi_info tries one format after the other and knows no reason in the end;
  // stbi_load stays with the format that the file's first bytes name.
  stbi_uc* pixels = stbi_load_from_memory(bytes.data(), size, &width, &height, &channels, 3);
  Decoded image = {{pixels, &stbi_image_free}, width, height};
  if (understood && pixels) return image;
  const std::string reason = stbi_failure_reason();
  const bool unknown = reason == "unknown image type";
  throw DataError(text(printable(path), unknown ? ": is no JPEG, PNG or BMP image" : ": cannot be decoded: " + reason));
}

/// A part of an image: rows of `width` pixels of 3 bytes, `stride` bytes apart.
struct View {
  const stbi_uc* corner;
  int width, height, stride;
};

/// The largest part around the centre that has the aspect ratio width : height.
View centre(const Decoded& image, std::int64_t width, std::int64_t height) {
  const std::int64_t w = image.width, h = image.height, crop_w = std::clamp<std::int64_t>(h * width / height, 1, w);
  const std::int64_t crop_h = std::clamp<std::int64_t>(w * height / width, 1, h);
  return {image.pixels.get() + ((h - crop_h) / 2 * w + (w - crop_w) / 2) * 3, static_cast<int>(crop_w),
          static_cast<int>(crop_h), image.width * 3};
}

}  // namespace

void read_image(const fs::path& path, const Shape& image_shape, std::span<std::uint8_t> pixels) {
  check(image_shape.rank() == 3 && image_shape[0] == 3, "read_image: expected a shape [3, H, W], got ", image_shape);
  const auto height = image_shape[1], width = image_shape[2];
  const auto plane = static_cast<std::size_t>(height * width);
  check(pixels.size() == 3 * plane, "read_image: room for ", pixels.size(), " bytes, expected ", 3 * plane);
  const Decoded image = decode(path);
  View view = centre(image, width, height);
  std::vector<std::uint8_t> resized;
  if (view.width != width || view.height != height) {
    resized.resize(3 * plane);
    const int w = static_cast<int>(width), h = static_cast<int>(height), stride = 3 * w;
    if (!stbir_resize_uint8(view.corner, view.width, view.height, view.stride, resized.data(), w, h, stride, 3))
      throw std::bad_alloc();
    view = {resized.data(), w, h, stride};
  }
  for (std::int64_t y = 0, i = 0; y < height; ++y)
    for (std::int64_t x = 0; x < width; ++x, ++i)
      for (std::int64_t c = 0; c < 3; ++c)
        pixels[static_cast<std::size_t>(c * height * width + i)] = view.corner[y * view.stride + 3 * x + c];
}

}  // namespace ek
