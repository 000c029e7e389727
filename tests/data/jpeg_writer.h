// A small JPEG encoder for tests: every block of 8x8 pixels has one value per component.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "encode.h"
#include "tests/data/encode.h"
#include "tests/data/files.h"

namespace ek {

/// values: [rows, columns, components] of blocks, 0 to 255. With one component they are the grey values of the pixels.
struct BlockImage {
  int columns, rows, components;
  std::vector<int> values;
};

inline Bytes jpeg_segment(std::uint8_t marker, const Bytes& content) {
  const auto length = static_cast<std::uint32_t>(content.size() + 2);
  Bytes out = {0xFF, marker, static_cast<std::uint8_t>(length >> 8),
               static_cast<std::uint8_t>(length)};
  put(out, content);
  return out;
}

/// Bits, the highest first; a byte FF is followed by 00.
class JpegBits {
 public:
  void add(int value, int count) {
    for (int bit = count - 1; bit >= 0; --bit) {
      byte_ = static_cast<std::uint8_t>(byte_ << 1 | (value >> bit & 1));
      if (++filled_ == 8) flush_byte();
    }
  }
  Bytes finish() {
    while (filled_ != 0) add(1, 1);
    return out_;
  }

 private:
  void flush_byte() {
    out_.push_back(byte_);
    if (byte_ == 0xFF) out_.push_back(0);
    byte_ = 0;
    filled_ = 0;
  }
  Bytes out_;
  std::uint8_t byte_ = 0;
  int filled_ = 0;
};

/// The data of a scan: of each block the difference of its mean (times 8, quantised by 8) to that of the block before;
/// the size of the number as a code of four bits, the number, and a bit that ends the block.
inline Bytes jpeg_scan(const BlockImage& image) {
  JpegBits bits;
  std::vector<int> before(static_cast<std::size_t>(image.components), 0);
  for (std::size_t i = 0; i < image.values.size(); ++i) {
    const std::size_t component = i % static_cast<std::size_t>(image.components);
    const int mean = image.values[i] - 128, difference = mean - before[component];
    before[component] = mean;
    const int size = static_cast<int>(std::bit_width(static_cast<unsigned>(std::abs(difference))));
    bits.add(size, 4);
    bits.add(difference < 0 ? difference + (1 << size) - 1 : difference, size);
    bits.add(0, 1);
  }
  return bits.finish();
}

/// `extra`: segments right behind the start marker. The scan is repeated `scans` times.
inline Bytes jpeg(const BlockImage& image, const Bytes& extra = {}, int scans = 1) {
  const auto components = static_cast<std::uint8_t>(image.components);
  const int height = 8 * image.rows, width = 8 * image.columns;
  Bytes quantisers(65, 8), frame = {8,
                                    static_cast<std::uint8_t>(height >> 8),
                                    static_cast<std::uint8_t>(height),
                                    static_cast<std::uint8_t>(width >> 8),
                                    static_cast<std::uint8_t>(width),
                                    components};
  quantisers[0] = 0;  // the table's number
  Bytes scan = {components};
  for (std::uint8_t c = 1; c <= components; ++c) {
    put(frame, {c, 0x11, 0});
    put(scan, {c, 0});
  }
  put(scan, {0, 63, 0});
  Bytes sizes(17, 0),
      ends(
          17,
          0);  // ten codes of four bits for the sizes 0 to 9; one of one bit for the end of a block
  sizes[4] = 10;
  ends[0] = 0x10;
  ends[1] = 1;
  put(sizes, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  put(ends, {0});
  Bytes out = {0xFF, 0xD8};
  put(out, extra);
  put(out, jpeg_segment(0xDB, quantisers));
  put(out, jpeg_segment(0xC0, frame));
  put(out, jpeg_segment(0xC4, sizes));
  put(out, jpeg_segment(0xC4, ends));
  for (int i = 0; i < scans; ++i) {
    put(out, jpeg_segment(0xDA, scan));
    put(out, jpeg_scan(image));
  }
  put(out, {0xFF, 0xD9});
  return out;
}

/// The TIFF block of EXIF with one tag, Orientation.
inline Bytes exif(int orientation, bool big_endian = true) {
  Bytes out = big_endian ? Bytes{'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1}
                         : Bytes{'I', 'I', 42, 0, 8, 0, 0, 0, 1, 0};
  const auto value = static_cast<std::uint8_t>(orientation);
  if (big_endian) {
    put(out, {0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, value, 0, 0});
  } else {
    put(out, {0x12, 0x01, 3, 0, 1, 0, 0, 0, value, 0, 0, 0});
  }
  put(out, {0, 0, 0, 0});
  return out;
}

/// The same as a segment of a JPEG.
inline Bytes exif_segment(int orientation, bool big_endian = true) {
  Bytes content = {'E', 'x', 'i', 'f', 0, 0};
  put(content, exif(orientation, big_endian));
  return jpeg_segment(0xE1, content);
}

}  // namespace ek
