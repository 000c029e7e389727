#include "evenkeel/data/bmp.h"

#include <cstddef>
#include <cstdlib>

#include "evenkeel/core/base/check.h"

namespace ek {
namespace {

using Bytes = std::span<const std::uint8_t>;

std::uint32_t little_endian(Bytes bytes, std::size_t at, std::size_t count) {
  check(at + count <= bytes.size(), "the file is cut off in its header");
  std::uint32_t value = 0;
  for (std::size_t i = count; i-- > 0;) value = value << 8 | bytes[at + i];
  return value;
}

/// What the header says.
struct Layout {
  std::int64_t offset, header_size, width, height, bits, row_bytes;
  std::int64_t palette_entry;  // bytes
};

/// "BM", file size (4), reserved (4), where the pixels are (4); then a header that begins with its own size (4): in the
/// oldest kind width (2), height (2), planes (2), bits (2); in later ones width (4), height (4; below 0: from the top
/// down), planes (2), bits (2), packing (4), ...
Layout read_layout(Bytes bytes) {
  constexpr std::int64_t kOldest = 12;
  Layout b = {};
  b.offset = little_endian(bytes, 10, 4);
  b.header_size = little_endian(bytes, 14, 4);
  const bool is_oldest = b.header_size == kOldest;
  check(is_oldest || b.header_size == 40 || b.header_size == 56 || b.header_size == 108 ||
            b.header_size == 124,
        "has a header of ", b.header_size, " bytes, which is not known");
  if (is_oldest) {
    b.width = little_endian(bytes, 18, 2);
    b.height = little_endian(bytes, 20, 2);
    b.bits = little_endian(bytes, 24, 2);
  } else {
    b.width = static_cast<std::int32_t>(little_endian(bytes, 18, 4));
    b.height = std::abs(std::int64_t{static_cast<std::int32_t>(little_endian(bytes, 22, 4))});
    b.bits = little_endian(bytes, 28, 2);
    const std::uint32_t packing = little_endian(bytes, 30, 4);
    const bool has_masks = packing == 3 && (b.bits == 16 || b.bits == 32);
    check(packing == 0 || has_masks, "its pixels are packed (kind ", packing,
          "), which is not read; save it as a PNG");
  }
  check(b.width > 0 && b.height > 0, "declares ", b.width, "x", b.height,
        " pixels, expected at least 1x1");
  check(b.width <= kMaxPixels / b.height, "declares ", b.width, "x", b.height,
        " pixels, expected at most ", kMaxPixels);
  check(b.bits == 1 || b.bits == 4 || b.bits == 8 || b.bits == 16 || b.bits == 24 || b.bits == 32,
        "has ", b.bits, " bits a pixel");
  check(!is_oldest || b.bits >= 16,
        "has a palette behind a header of 12 bytes, which is not read; save it as a PNG");
  b.row_bytes = (b.width * b.bits + 31) / 32 * 4;
  b.palette_entry = is_oldest ? 3 : 4;
  return b;
}

/// Every pixel below 16 bits is the number of a colour in the palette, which lies between the header and the pixels.
void check_palette(Bytes bytes, const Layout& b) {
  constexpr std::int64_t kFileHeader = 14;
  const std::int64_t colours = (b.offset - kFileHeader - b.header_size) / b.palette_entry;
  check(colours >= 1 && colours <= 256, "has a palette of ", colours,
        " colours, expected 1 to 256");
  if (colours >= std::int64_t{1} << b.bits) return;
  const std::int64_t pixels_in_byte = 8 / b.bits;
  for (std::int64_t y = 0; y < b.height; ++y) {
    for (std::int64_t x = 0; x < b.width; ++x) {
      const auto at = static_cast<std::size_t>(b.offset + y * b.row_bytes + x / pixels_in_byte);
      const std::int64_t shift = 8 - b.bits * (x % pixels_in_byte + 1);
      const std::int64_t colour = bytes[at] >> shift & ((1 << b.bits) - 1);
      check(colour < colours, "a pixel has colour ", colour, " of a palette of ", colours);
    }
  }
}

}  // namespace

ImageHeader check_bmp(std::span<const std::uint8_t> bytes) {
  const Layout b = read_layout(bytes);
  const std::int64_t end = b.offset + b.row_bytes * b.height;
  check(end <= static_cast<std::int64_t>(bytes.size()), "the file is cut off: ", bytes.size(),
        " bytes, expected ", end);
  if (b.bits < 16) check_palette(bytes, b);
  return {b.width, b.height, 1};
}

}  // namespace ek
