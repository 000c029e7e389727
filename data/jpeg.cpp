#include "evenkeel/data/jpeg.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <stdexcept>
#include <string_view>

#include "evenkeel/core/base/check.h"
#include "evenkeel/data/exif.h"

namespace ek {
namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::uint8_t kTables = 0xC4, kStart = 0xD8, kEnd = 0xD9, kScan = 0xDA, kApp1 = 0xE1,
                       kApp14 = 0xEE;
constexpr std::int64_t kMaxScans = 100;
constexpr std::int64_t kMaxScannedPixels = 16 * kMaxPixels;  // scans x pixels: what decoding costs

constexpr int kNoAdobe = -1, kInks = 0,
              kLuminanceAndInk = 2;  // the values of Adobe's marker for four components

/// What the walk has found so far.
struct Walk {
  ImageHeader header;
  int components = 0;  // 0: no frame header yet
  int adobe = kNoAdobe;
  std::int64_t scans = 0;
};

/// Start-of-frame markers are C0 to CF, but for C4, C8 and CC.
bool is_frame(std::uint8_t marker) {
  return marker >= 0xC0 && marker <= 0xCF && marker != kTables && marker != 0xC8 && marker != 0xCC;
}

/// precision (1), height (2), width (2), components (1), ...
void check_frame(std::uint8_t marker, Bytes content, Walk& walk) {
  constexpr std::uint8_t kProgressive =
      0xC2;  // C0 to C2 are the Huffman-coded ones that lose information
  check(marker <= kProgressive, "is a ",
        marker >= 0xC9 ? "JPEG with arithmetic coding" : "lossless JPEG",
        ", which is not read; save it as a baseline JPEG");
  check(content.size() >= 6, "its frame header is cut off");
  check(content[0] == 8, "has ", int{content[0]}, " bits a value, expected a JPEG of 8");
  check(walk.components == 0, "has two frame headers");
  walk.header.height = content[1] * 256 + content[2];
  walk.header.width = content[3] * 256 + content[4];
  walk.components = content[5];
  const auto [width, height, orientation] = walk.header;
  check(width > 0 && height > 0, "declares ", width, "x", height, " pixels, expected at least 1x1");
  check(width * height <= kMaxPixels, "declares ", width, "x", height, " pixels, expected at most ",
        kMaxPixels);
}

/// The decoder has room for 256 symbols in a table and does not check that. Tables: a class and number (1), 16 counts of
/// symbols, the symbols; several in one segment.
void check_huffman_tables(Bytes content) {
  constexpr std::size_t kHead = 17;
  while (!content.empty()) {
    check(content.size() >= kHead, "a Huffman table is cut off");
    std::size_t symbols = 0;
    for (std::size_t i = 1; i < kHead; ++i) symbols += content[i];
    check(symbols <= 256, "a Huffman table of ", symbols, " symbols, expected at most 256");
    check(content.size() >= kHead + symbols, "a Huffman table is cut off");
    content = content.subspan(kHead + symbols);
  }
}

void count_scan(Walk& walk) {
  check(walk.components > 0, "a scan stands before the frame header");
  ++walk.scans;
  const std::int64_t pixels = walk.header.width * walk.header.height;
  const std::int64_t most = std::min(kMaxScans, kMaxScannedPixels / pixels);
  check(walk.scans <= most, "more than ", most, " scans, which would take long to decode");
}

bool starts_with(Bytes content, std::string_view text) {
  return content.size() >= text.size() &&
         std::ranges::equal(content.first(text.size()), text, {},
                            [](std::uint8_t b) { return static_cast<char>(b); });
}

void read_segment(std::uint8_t marker, Bytes content, Walk& walk) {
  constexpr std::string_view kExif("Exif\0\0", 6);
  constexpr std::size_t kTransform = 11;  // where Adobe's marker has it
  if (is_frame(marker)) check_frame(marker, content, walk);
  if (marker == kTables) check_huffman_tables(content);
  if (marker == kScan) count_scan(walk);
  if (marker == kApp14 && content.size() > kTransform && starts_with(content, "Adobe")) {
    walk.adobe = content[kTransform];
  }
  if (marker == kApp1 && starts_with(content, kExif) && walk.header.orientation == 1) {
    walk.header.orientation = exif_orientation(content.subspan(kExif.size()));
  }
}

/// A marker that has no segment: FF 00 is the byte FF in the data of a scan, FF FF filling, D0 to D7 restart.
bool is_bare(std::uint8_t marker) {
  return marker <= 0x01 || marker == 0xFF || (marker >= 0xD0 && marker <= kStart);
}

/// From segment to segment, and byte by byte through what lies between them.
Walk walk_over(Bytes bytes) {
  Walk walk;
  for (std::size_t at = 0; at + 2 <= bytes.size();) {
    const std::uint8_t marker = bytes[at + 1];
    if (bytes[at] != 0xFF || is_bare(marker)) {
      ++at;
      continue;
    }
    if (marker == kEnd) {
      check(walk.scans > 0, "it has no image in it");
      return walk;
    }
    check(at + 4 <= bytes.size(), "the file is cut off");
    const std::size_t length = bytes[at + 2] * 256u + bytes[at + 3];  // counts its own two bytes
    check(length >= 2, "a segment of length ", length, ", expected at least 2");
    check(at + 2 + length <= bytes.size(), "the file is cut off");
    read_segment(marker, bytes.subspan(at + 4, length - 2), walk);
    at += 2 + length;
  }
  throw std::invalid_argument("the file is cut off: its end marker is missing");
}

bool lacks_adobe_marker(const Walk& walk) { return walk.components == 4 && walk.adobe == kNoAdobe; }

}  // namespace

ImageHeader check_jpeg(std::span<const std::uint8_t> bytes) {
  const Walk walk = walk_over(bytes);
  check(walk.components == 1 || walk.components == 3 || walk.components == 4, "has ",
        walk.components, " components, expected 1 (grey), 3 (colour) or 4 (inks)");
  check(walk.components != 4 || lacks_adobe_marker(walk) || walk.adobe == kInks ||
            walk.adobe == kLuminanceAndInk,
        "four components of an unknown kind (", walk.adobe, " in Adobe's marker); save it in RGB");
  // A block of 8x8 pixels takes at least a bit; half of that where the components are of different sizes.
  const std::int64_t pixels = walk.header.width * walk.header.height;
  check(std::ssize(bytes) >= pixels / 1024, "declares ", walk.header.width, "x", walk.header.height,
        " pixels, more than ", bytes.size(), " bytes can hold: the file is cut off");
  return walk.header;
}

std::vector<std::uint8_t> with_adobe_marker(std::vector<std::uint8_t> jpeg) {
  // Marker, length, name, version (2), two times flags (2), kind of components.
  constexpr std::array<std::uint8_t, 16> kMarker = {0xFF, kApp14, 0,   14, 'A', 'd', 'o', 'b',
                                                    'e',  0,      100, 0,  0,   0,   0,   kInks};
  if (lacks_adobe_marker(walk_over(jpeg)))
    jpeg.insert(jpeg.begin() + 2, kMarker.begin(), kMarker.end());
  return jpeg;
}

}  // namespace ek
