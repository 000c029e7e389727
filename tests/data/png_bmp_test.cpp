// PNG and BMP: checksums, sizes and palettes are checked before anything is decoded.
#include <doctest/doctest.h>
#include <zlib.h>
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>
#include "encode.h"
#include "evenkeel/core/base/check.h"
#include "evenkeel/core/files/file.h"
#include "evenkeel/data/image.h"
#include "evenkeel/data/image_format.h"
#include "jpeg_writer.h"
#include "tests/data/encode.h"
#include "tests/data/files.h"
#include "tests/data/format_support.h"
#include "tests/data/jpeg_writer.h"

namespace ek {
namespace {

TEST_CASE("PNG: every checksum is checked") {
  const Bytes good = png(2, 1, 8, 2, {{1, 2, 3, 4, 5, 6}}, png_chunk("tEXt", {'a', 0, 'b'}));
  CHECK(error_with(good) == "no error");
  const std::string found(good.begin(), good.end());
  for (const char* chunk : {"IHDR", "tEXt", "IDAT"}) {
    Bytes wrong = good;
    wrong[found.find(chunk) + 5] ^= 1;
    CHECK(error_with(wrong) == std::string("the checksum (CRC-32) of chunk ") + chunk +
                                   " does not match: the file is damaged");
  }
  Bytes packed = zlib_stored({0, 1, 2, 3, 4, 5, 6});
  packed[packed.size() - 5] ^=
      1;  // the last pixel's blue; the chunk's own checksum is made afterwards
  CHECK(error_with(png_of(2, 1, 8, 2, packed)) ==
        "the checksum (Adler-32) of its pixels does not match: the file is damaged");
}

TEST_CASE("PNG: a file that is cut off says where, at every length") {
  const Bytes whole = png(2, 1, 8, 2, {{1, 2, 3, 4, 5, 6}});
  for (std::size_t size = 8; size < whole.size(); ++size) {
    CAPTURE(size);
    const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    CHECK(error_with(cut).starts_with("the file is cut off"));
  }
  const Bytes no_end(whole.begin(), whole.end() - 12);
  CHECK(error_with(no_end) == "the file is cut off: its last chunk, IEND, is missing");
}

TEST_CASE("PNG: pixels that are too few or too many are refused, and a bomb costs no memory") {
  CHECK(error_with(png(2, 2, 8, 2, {{1, 2, 3, 4, 5, 6}})) ==
        "its pixels unpack to 7 bytes, expected 14: the file is damaged");
  const Bytes bomb = deflated(Bytes(std::size_t{64} << 20, 0));
  MemoryCap cap;
  CHECK(error_with(png_of(2, 1, 8, 2, bomb)) == "its pixels unpack to more than 7 bytes");
  CHECK(error_with(png_of(8192, 8192, 16, 6, bomb)) ==
        "its pixels unpack to 536879104 bytes, expected at most 268435456");
}

TEST_CASE("PNG: interlaced pixels are counted pass by pass") {
  // 3x3 grey pixels: pass 1 has pixel (0, 0), pass 4 (2, 0), pass 5 (0, 2) and (2, 2), pass 6 (1, 0) and (1, 2), pass 7
  // the middle row.
  Bytes file = png_of(3, 3, 8, 0, zlib_stored({0, 1, 0, 3, 0, 7, 9, 0, 2, 0, 8, 0, 4, 5, 6}));
  file[8 + 8 + 12] = 1;  // interlaced
  const Bytes header(file.begin() + 16, file.begin() + 29);
  const Bytes chunk = png_chunk("IHDR", header);
  std::ranges::copy(chunk, file.begin() + 8);
  const Bytes pixels = seen(file, 3, 3).pixels;
  CHECK(Bytes(pixels.begin(), pixels.begin() + 9) == Bytes{1, 2, 3, 4, 5, 6, 7, 8, 9});
}

TEST_CASE("a chunk's name does not reach the terminal as it is") {
  const Bytes file = png(2, 1, 8, 2, {{1, 2, 3, 4, 5, 6}}, png_chunk("\x1B[2J", {}));
  const std::string message =
      error_with(file);  // the decoder does not know this chunk and says its name
  CHECK(message.find("cannot be decoded: \\x1B[2J") == 0);
  for (const char c : message) CHECK((static_cast<unsigned char>(c) >= 0x20 && c != 0x7F));
}

TEST_CASE("BMP: sizes are checked before anything is decoded") {
  const Bytes good = bmp(4, 2, Bytes(24, 9));
  CHECK(error_with(good) == "no error");
  const auto with_size = [&](std::uint32_t width, std::uint32_t height) {
    Bytes file = good;
    set_little_endian(file, 18, width);
    set_little_endian(file, 22, height);
    return error_with(file);
  };
  CHECK(with_size(1u << 24, 0) == "declares 16777216x0 pixels, expected at least 1x1");
  CHECK(with_size(0, 2) == "declares 0x2 pixels, expected at least 1x1");
  CHECK(with_size(0x80000000, 0x80000000) ==
        "declares -2147483648x2147483648 pixels, expected at least 1x1");
  CHECK(with_size(1u << 20, 1u << 20) ==
        "declares 1048576x1048576 pixels, expected at most 67108864");
  CHECK(with_size(4, 3) == "the file is cut off: 78 bytes, expected 90");
  CHECK(with_size(4, static_cast<std::uint32_t>(-2)) == "no error");  // rows from the top down
  Bytes header_only = good;
  header_only.resize(54);
  CHECK(error_with(header_only) == "the file is cut off: 54 bytes, expected 78");
  for (std::size_t size = 2; size < good.size(); ++size) {
    Bytes cut = good;
    cut.resize(size);
    CHECK(error_with(cut).find("cut off") != std::string::npos);
  }
  Bytes packed = good;
  packed[30] = 1;
  CHECK(error_with(packed) ==
        "its pixels are packed (kind 1), which is not read; save it as a PNG");
}

TEST_CASE("BMP: a pixel's colour must be in the palette") {
  Bytes file = {'B', 'M'};
  for (const std::uint32_t v : {0u, 0u, 62u, 40u, 2u, 1u})
    put_little_endian(file, v, 4);  // a palette of two colours
  put_little_endian(file, 1, 2);
  put_little_endian(file, 8, 2);
  for (int i = 0; i < 6; ++i) put_little_endian(file, 0, 4);
  put(file, {0, 0, 200, 0, 100, 0, 0, 0});  // blue, green, red, unused
  put(file, {0, 1, 0, 0});
  CHECK(seen(file, 1, 2).pixels == Bytes{200, 0, 0, 0, 0, 100});
  file[file.size() - 3] = 2;
  CHECK(error_with(file) == "a pixel has colour 2 of a palette of 2");
}

TEST_CASE("BMP: a palette behind the oldest header, which the decoder misreads, is refused") {
  for (const int bits : {1, 4, 8}) {
    const int colours = 1 << bits;
    Bytes file = {'B', 'M'};
    for (const int v : {0, 0, 26 + 3 * colours, 12})
      put_little_endian(file, static_cast<std::uint32_t>(v), 4);
    for (const int v : {1, 1, 1, bits}) put_little_endian(file, static_cast<std::uint32_t>(v), 2);
    file.resize(file.size() + static_cast<std::size_t>(3 * colours) + 4);
    CHECK(error_with(file) ==
          "has a palette behind a header of 12 bytes, which is not read; save it as a PNG");
  }
}

TEST_CASE("PNG: a colour beyond the palette is black, not what happens to be in memory") {
  const Bytes file = png(2, 1, 8, 3, {{0, 200}}, png_chunk("PLTE", {10, 20, 30}));
  CHECK(seen(file, 1, 2).pixels == Bytes{10, 0, 20, 0, 30, 0});
}

TEST_CASE("photographs in other formats are called by their names, with what converts them") {
  const auto text_bytes = [](std::string_view text) { return Bytes(text.begin(), text.end()); };
  CHECK(error_with(text_bytes("RIFF\x10\x20\x30\x40WEBPVP8 ")) ==
        "is a WebP image, which is not read; mogrify -format png *.webp (ImageMagick) converts it");
  CHECK(error_with(text_bytes("GIF89a....."))
            .starts_with("is a GIF image, which is not read; mogrify "));
  CHECK(error_with(text_bytes(std::string_view("II*\0........", 12)))
            .starts_with("is a TIFF image, "));
  CHECK(error_with(text_bytes(std::string_view("\0\0\0\x18"
                                               "ftypheic....",
                                               16)))
            .starts_with("is a HEIC image, "));
  CHECK(has_image_name("a/b.JFIF"));
  CHECK(has_image_name("photo.jpe"));
  CHECK(!has_image_name("jpg"));
  CHECK(foreign_format(fs::path("x.WebP")) == "WebP");
  CHECK(foreign_format(fs::path("x.txt")).empty());
}

}  // namespace
}  // namespace ek
