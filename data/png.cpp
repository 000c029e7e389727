#include "evenkeel/data/png.h"

#include <zlib.h>

#include <array>
#include <cstddef>
#include <new>
#include <optional>
#include <string>
#include <vector>

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/files/file.h"
#include "evenkeel/data/exif.h"

namespace ek {
namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::size_t kSignature = 8,
                      kChunkFrame = 12;  // a chunk: length (4), name (4), content, CRC (4)

std::uint32_t big_endian(Bytes bytes) {
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 |
         std::uint32_t{bytes[2]} << 8 | bytes[3];
}

struct Chunk {
  std::string name;
  Bytes content;
};

/// The chunk at the start of `rest`.
Chunk next_chunk(Bytes rest) {
  check(rest.size() >= kChunkFrame, "the file is cut off: its last chunk, IEND, is missing");
  const std::size_t length = big_endian(rest);
  const std::string name(rest.begin() + 4, rest.begin() + 8);
  check(length <= rest.size() - kChunkFrame, "the file is cut off in chunk ", printable(name));
  const Bytes named = rest.subspan(4, 4 + length);
  const std::uint32_t expected = big_endian(rest.subspan(8 + length));
  const std::uint32_t found =
      static_cast<std::uint32_t>(crc32(0, named.data(), static_cast<uInt>(named.size())));
  check(found == expected, "the checksum (CRC-32) of chunk ", printable(name),
        " does not match: the file is damaged");
  return {name, named.subspan(4)};
}

/// Of the first chunk, IHDR.
struct Layout {
  std::int64_t width, height, bits_per_pixel;
  bool interlaced;
};

/// width (4), height (4), bits a value, colour type, compression, filter, interlace
Layout read_layout(const Chunk& chunk) {
  check(chunk.name == "IHDR", "its first chunk is ", printable(chunk.name), ", expected IHDR");
  check(chunk.content.size() == 13, "bad IHDR len");
  constexpr std::array<std::int64_t, 7> kValues = {
      1, 0, 3, 1, 2, 0, 4};  // a pixel's, by colour type; 0: no such type
  const std::uint8_t depth = chunk.content[8], type = chunk.content[9],
                     interlace = chunk.content[12];
  check(type < kValues.size() && kValues[type] > 0, "has the unknown colour type ", int{type});
  check(depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16, "has ", int{depth},
        " bits a value");
  check(interlace <= 1, "has the unknown interlace method ", int{interlace});
  const Layout layout = {big_endian(chunk.content), big_endian(chunk.content.subspan(4)),
                         kValues[type] * depth, interlace == 1};
  check(layout.width > 0 && layout.height > 0, "declares ", layout.width, "x", layout.height,
        " pixels, expected at least 1x1");
  check(layout.height <= kMaxPixels && layout.width <= kMaxPixels / layout.height, "declares ",
        layout.width, "x", layout.height, " pixels, expected at most ", kMaxPixels);
  return layout;
}

/// Rows of pixels, each with a byte for its filter in front.
std::int64_t bytes_of_rows(std::int64_t width, std::int64_t height, std::int64_t bits_per_pixel) {
  return width > 0 ? height * (1 + (width * bits_per_pixel + 7) / 8) : 0;
}

/// What the pixels unpack to. Interlaced ones come in seven images, each with some of the rows and columns [Adam7].
std::int64_t unpacked_bytes(const Layout& layout) {
  if (!layout.interlaced) return bytes_of_rows(layout.width, layout.height, layout.bits_per_pixel);
  struct Pass {
    std::int64_t x, y, step_x, step_y;
  };
  constexpr Pass kPasses[] = {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4},
                              {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}};
  std::int64_t total = 0;
  for (const auto& [x, y, step_x, step_y] : kPasses) {
    const std::int64_t columns = (layout.width - x + step_x - 1) / step_x;
    const std::int64_t rows = (layout.height - y + step_y - 1) / step_y;
    total += bytes_of_rows(columns, rows, layout.bits_per_pixel);
  }
  return total;
}

/// Unpacks a stream of pixels that comes in parts, and counts its bytes. zlib compares the Adler-32 at its end.
class Unpacker {
 public:
  explicit Unpacker(std::int64_t expected) : expected_(expected) {
    check(expected <= kMaxUnpackedBytes, "its pixels unpack to ", expected,
          " bytes, expected at most ", kMaxUnpackedBytes);
    if (inflateInit(&stream_) != Z_OK) throw std::bad_alloc();
  }
  ~Unpacker() { inflateEnd(&stream_); }
  Unpacker& operator=(Unpacker&&) = delete;  // neither copied nor moved

  void add(Bytes part) {
    stream_.next_in = const_cast<Bytef*>(part.data());  // zlib does not write there
    stream_.avail_in = static_cast<uInt>(part.size());
    while (!ended_ && stream_.avail_in > 0) unpack_piece();
  }
  void finish() const {
    check(ended_ && unpacked_ == expected_, "its pixels unpack to ", unpacked_, " bytes, expected ",
          expected_, ": the file is damaged");
  }

 private:
  void unpack_piece() {
    stream_.next_out = piece_.data();
    stream_.avail_out = static_cast<uInt>(piece_.size());
    const int result = inflate(&stream_, Z_NO_FLUSH);
    if (result == Z_MEM_ERROR) throw std::bad_alloc();
    const std::string reason = stream_.msg ? stream_.msg : "";
    check(reason != "incorrect data check",
          "the checksum (Adler-32) of its pixels does not match: the file is damaged");
    check(result == Z_OK || result == Z_STREAM_END,
          "its pixels cannot be unpacked: ", reason.empty() ? "the data is damaged" : reason);
    unpacked_ += static_cast<std::int64_t>(piece_.size() - stream_.avail_out);
    check(unpacked_ <= expected_, "its pixels unpack to more than ", expected_, " bytes");
    ended_ = result == Z_STREAM_END;
  }

  z_stream stream_{};
  std::array<std::uint8_t, 65536> piece_;
  std::int64_t expected_, unpacked_ = 0;
  bool ended_ = false;
};

}  // namespace

ImageHeader check_png(std::span<const std::uint8_t> bytes) {
  std::optional<Layout> layout;
  std::optional<Unpacker> pixels;
  int orientation = 1;
  for (Bytes rest = bytes.subspan(kSignature);;) {
    const Chunk chunk = next_chunk(rest);
    rest = rest.subspan(kChunkFrame + chunk.content.size());
    if (!layout) {
      layout = read_layout(chunk);
      pixels.emplace(unpacked_bytes(*layout));
    }
    if (chunk.name == "IDAT") pixels->add(chunk.content);
    if (chunk.name == "eXIf") orientation = exif_orientation(chunk.content);
    if (chunk.name == "IEND") break;
  }
  pixels->finish();
  return {layout->width, layout->height, orientation};
}

std::vector<std::uint8_t> with_full_palette(std::vector<std::uint8_t> png) {
  constexpr std::size_t kFull = 3 * 256;
  for (std::size_t at = kSignature; at + kChunkFrame <= png.size();) {
    const std::size_t length = big_endian(Bytes(png).subspan(at));
    const std::string name(png.begin() + static_cast<std::ptrdiff_t>(at) + 4,
                           png.begin() + static_cast<std::ptrdiff_t>(at) + 8);
    if (name == "PLTE" && length < kFull) {
      png.insert(png.begin() + static_cast<std::ptrdiff_t>(at + 8 + length), kFull - length, 0);
      png[at + 2] =
          kFull >> 8;  // the decoder does not look at the checksum, which was checked before
      png[at + 3] = kFull & 255;
      return png;
    }
    at += kChunkFrame + length;
  }
  return png;
}

}  // namespace ek
