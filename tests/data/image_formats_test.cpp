// What a format says beside its pixels: how it is to be seen, checksums, sizes; and files made to do harm.
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

TEST_CASE("JPEG: all eight values of EXIF's orientation, in either byte order") {
  for (const Upright& upright : kUpright) {
    const int orientation = upright.orientation;
    const std::size_t rows = upright.rows, columns = upright.columns;
    CAPTURE(orientation);
    for (const bool big_endian : {true, false}) {
      const auto height = static_cast<std::int64_t>(8 * rows),
                 width = static_cast<std::int64_t>(8 * columns);
      const Seen image = seen(jpeg(kStored, exif_segment(orientation, big_endian)), height, width);
      CHECK(blocks_of(image.pixels, rows, columns) == upright.blocks);
      CHECK(image.facts.turned == (orientation != 1));
      CHECK(image.facts.width == width);
      CHECK(image.facts.height == height);
    }
  }
}

TEST_CASE("PNG: the orientation in an eXIf chunk") {
  const std::vector<Bytes> rows = {{10, 20, 30}, {40, 50, 60}};
  for (const Upright& upright : kUpright) {
    const int orientation = upright.orientation;
    const auto height = static_cast<std::int64_t>(upright.rows),
               width = static_cast<std::int64_t>(upright.columns);
    CAPTURE(orientation);
    const Bytes file = png(3, 2, 8, 0, rows, png_chunk("eXIf", exif(orientation)));
    const Seen image = seen(file, height, width);
    CHECK(Bytes(image.pixels.begin(), image.pixels.begin() + 6) == upright.blocks);
  }
}

TEST_CASE("EXIF that is damaged or says nothing of the orientation leaves the image as it is") {
  const Bytes plain = seen(jpeg(kStored), 16, 24).pixels;
  Bytes no_number = exif_segment(6);
  no_number[10 + 7] = 255;  // where the first directory is
  Bytes other_tag = exif_segment(6);
  other_tag[10 + 11] = 0x13;
  Bytes not_exif = exif_segment(6);
  not_exif[4] = 'X';
  for (const Bytes& segment : {exif_segment(0), exif_segment(9), no_number, other_tag, not_exif}) {
    CHECK(seen(jpeg(kStored, segment), 16, 24).pixels == plain);
  }
  const Bytes whole = exif_segment(6);
  for (std::size_t size = 4; size < whole.size();
       ++size) {  // cut off anywhere: no byte beyond its end is read
    const Bytes content(whole.begin() + 4, whole.begin() + static_cast<std::ptrdiff_t>(size));
    CHECK_NOTHROW(seen(jpeg(kStored, jpeg_segment(0xE1, content)), 16, 16));
  }
}

TEST_CASE("JPEG: four inks, with Adobe's marker and without") {
  const BlockImage inks = {
      1, 1, 4, {0, 0, 255, 255}};  // inverted: no ink is 255; so cyan and magenta, which is blue
  Bytes adobe = {'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, 0};
  for (const Bytes& extra : {Bytes{}, jpeg_segment(0xEE, adobe)}) {
    const Bytes pixels = seen(jpeg(inks, extra), 8, 8).pixels;
    CHECK(pixels[0] <= 1);
    CHECK(pixels[64] <= 1);
    CHECK(pixels[128] >= 254);
  }
  adobe[11] = 1;
  CHECK(error_with(jpeg(inks, jpeg_segment(0xEE, adobe))) ==
        "four components of an unknown kind (1 in Adobe's marker); save it in RGB");
  CHECK(error_with(jpeg({1, 1, 2, {1, 2}})) ==
        "has 2 components, expected 1 (grey), 3 (colour) or 4 (inks)");
}

TEST_CASE(
    "JPEG: a file that is cut off is refused at every length, and what comes after its end is not "
    "read") {
  const Bytes whole = jpeg(kStored, exif_segment(6));
  for (std::size_t size = 2; size < whole.size(); ++size) {
    CAPTURE(size);
    const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    CHECK(error_with(cut).find("cut off") != std::string::npos);
  }
  Bytes longer = whole;
  put(longer, whole);
  CHECK(seen(longer, 24, 16).pixels == seen(whole, 24, 16).pixels);
}

TEST_CASE("JPEG: kinds that the decoder does not know are called by their names") {
  const auto with_frame = [](std::uint8_t marker) {
    Bytes file = jpeg(kStored);
    for (std::size_t i = 0; i + 1 < file.size(); ++i) {
      if (file[i] == 0xFF && file[i + 1] == 0xC0) file[i + 1] = marker;
    }
    return file;
  };
  CHECK(error_with(with_frame(0xC3)) ==
        "is a lossless JPEG, which is not read; save it as a baseline JPEG");
  CHECK(error_with(with_frame(0xC9)) ==
        "is a JPEG with arithmetic coding, which is not read; save it as a baseline JPEG");
}

TEST_CASE("JPEG: many scans cost no time") {
  CHECK_NOTHROW(seen(jpeg(kStored, {}, 100), 16, 24));
  CHECK(error_with(jpeg(kStored, {}, 101)) ==
        "more than 100 scans, which would take long to decode");
  // Scans of one value cost a few bytes each, however large the image is that the header declares.
  const auto declaring_8000x8000 = [](Bytes file) {
    const Bytes frame = {0xFF, 0xC0};
    const auto at = std::search(file.begin(), file.end(), frame.begin(), frame.end()) + 5;
    for (const std::ptrdiff_t side : {0, 2}) {
      at[side] = 8000 / 256;
      at[side + 1] = 8000 % 256;
    }
    return file;
  };
  CHECK(error_with(declaring_8000x8000(jpeg(kStored, {}, 20))) ==
        "more than 16 scans, which would take long to decode");
  CHECK(error_with(declaring_8000x8000(jpeg(kStored)))
            .starts_with("declares 8000x8000 pixels, more than "));
}

}  // namespace
}  // namespace ek
