// Small files of all formats, and what the decoder makes of them.
#pragma once

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
#include "tests/data/jpeg_writer.h"

namespace ek {
namespace {

struct Seen {
  ImageFacts facts;
  Bytes pixels;  // [3, height, width]
};

inline Seen seen(const Bytes& file, std::int64_t height, std::int64_t width) {
  Seen result;
  result.pixels.resize(static_cast<std::size_t>(3 * height * width));
  result.facts = decode_image(file, "x", {3, height, width}, result.pixels);
  return result;
}

inline std::string error_with(const Bytes& file) {
  const std::string message = error_of<DataError>([&] { seen(file, 4, 4); });
  return message.starts_with("x: ") ? message.substr(3) : message;
}

/// The first byte of each 8x8 block of an image, row by row.
inline Bytes blocks_of(const Bytes& pixels, std::size_t rows, std::size_t columns) {
  Bytes out;
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < columns; ++c) out.push_back(pixels[8 * r * 8 * columns + 8 * c]);
  }
  return out;
}

/// Stored 3 blocks wide and 2 high; what has to be seen, for each orientation.
inline const BlockImage kStored = {3, 2, 1, {10, 20, 30, 40, 50, 60}};
struct Upright {
  int orientation;
  std::size_t rows, columns;
  Bytes blocks;
};
inline const std::vector<Upright> kUpright = {
    {1, 2, 3, {10, 20, 30, 40, 50, 60}}, {2, 2, 3, {30, 20, 10, 60, 50, 40}},
    {3, 2, 3, {60, 50, 40, 30, 20, 10}}, {4, 2, 3, {40, 50, 60, 10, 20, 30}},
    {5, 3, 2, {10, 40, 20, 50, 30, 60}}, {6, 3, 2, {40, 10, 50, 20, 60, 30}},
    {7, 3, 2, {60, 30, 50, 20, 40, 10}}, {8, 3, 2, {30, 60, 20, 50, 10, 40}}};

inline Bytes deflated(const Bytes& bytes) {
  uLongf size = compressBound(static_cast<uLong>(bytes.size()));
  Bytes out(size);
  REQUIRE(compress2(out.data(), &size, bytes.data(), static_cast<uLong>(bytes.size()), 9) == Z_OK);
  out.resize(size);
  return out;
}

inline void set_little_endian(Bytes& bytes, std::size_t at, std::uint32_t value) {
  for (std::size_t i = 0; i < 4; ++i) bytes[at + i] = static_cast<std::uint8_t>(value >> (8 * i));
}

}  // namespace
}  // namespace ek
