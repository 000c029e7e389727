// Small encoders, so that the tests need no file that somebody else made.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "files.h"
#include "tests/data/files.h"

namespace ek {

inline void put_big_endian(Bytes& out, std::uint32_t v) {
  for (const int shift : {24, 16, 8, 0}) out.push_back(static_cast<std::uint8_t>(v >> shift));
}
inline void put_little_endian(Bytes& out, std::uint32_t v, int bytes) {
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<std::uint8_t>(v >> (8 * i)));
}
inline void put(Bytes& out, const Bytes& more) { out.insert(out.end(), more.begin(), more.end()); }

inline std::uint32_t crc32_of(const Bytes& bytes) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (const std::uint8_t byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (crc & 1 ? 0xEDB88320 : 0);
  }
  return ~crc;
}

/// A deflate stream of stored blocks (RFC 1951, 3.2.4).
inline Bytes deflate_stored(const Bytes& bytes) {
  Bytes out;
  std::size_t at = 0;
  do {
    const std::size_t size = std::min<std::size_t>(bytes.size() - at, 65535);
    out.push_back(at + size == bytes.size());
    put_little_endian(out, static_cast<std::uint32_t>(size), 2);
    put_little_endian(out, ~static_cast<std::uint32_t>(size), 2);
    const auto first = bytes.begin() + static_cast<std::ptrdiff_t>(at);
    out.insert(out.end(), first, first + static_cast<std::ptrdiff_t>(size));
    at += size;
  } while (at < bytes.size());
  return out;
}

/// A gzip file (RFC 1952).
inline Bytes gzip(const Bytes& bytes) {
  Bytes out = {0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255};
  put(out, deflate_stored(bytes));
  put_little_endian(out, crc32_of(bytes), 4);
  put_little_endian(out, static_cast<std::uint32_t>(bytes.size()), 4);
  return out;
}

/// An IDX file of unsigned bytes.
inline Bytes idx(const std::vector<std::uint32_t>& sizes, const Bytes& items) {
  Bytes out = {0, 0, 8, static_cast<std::uint8_t>(sizes.size())};
  for (const std::uint32_t size : sizes) put_big_endian(out, size);
  put(out, items);
  return out;
}

/// A BMP of 24 bits; rgb: [height, width, 3].
inline Bytes bmp(std::uint32_t width, std::uint32_t height, const Bytes& rgb) {
  const std::uint32_t row = (width * 3 + 3) / 4 * 4;
  Bytes out = {'B', 'M'};
  for (const std::uint32_t v : {54 + row * height, 0u, 54u, 40u, width, height})
    put_little_endian(out, v, 4);
  put_little_endian(out, 1, 2);
  put_little_endian(out, 24, 2);
  for (const std::uint32_t v : {0u, row * height, 0u, 0u, 0u, 0u}) put_little_endian(out, v, 4);
  for (std::uint32_t y = height; y-- > 0;) {
    for (std::uint32_t x = 0; x < width; ++x)
      for (const int c : {2, 1, 0})
        out.push_back(rgb[(std::size_t{y} * width + x) * 3 + static_cast<std::size_t>(c)]);
    out.resize(out.size() + row - width * 3);
  }
  return out;
}

/// A chunk of a PNG, with its checksum.
inline Bytes png_chunk(std::string_view type, const Bytes& content) {
  Bytes out;
  put_big_endian(out, static_cast<std::uint32_t>(content.size()));
  Bytes checked(type.begin(), type.end());
  put(checked, content);
  put(out, checked);
  put_big_endian(out, crc32_of(checked));
  return out;
}

/// A zlib stream of stored blocks (RFC 1950).
inline Bytes zlib_stored(const Bytes& bytes) {
  std::uint32_t a = 1, b = 0;  // Adler-32
  for (const std::uint8_t byte : bytes) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  Bytes packed = {0x78, 0x01};
  put(packed, deflate_stored(bytes));
  put_big_endian(packed, b << 16 | a);
  return packed;
}

/// A PNG from parts; kind: 0 grey, 2 RGB, 3 palette, 4 grey with opacity, 6 RGBA; `packed`: its pixels as a zlib stream;
/// `extra`: chunks before them.
inline Bytes png_of(std::uint32_t width, std::uint32_t height, int bits, int kind,
                    const Bytes& packed, const Bytes& extra = {}) {
  Bytes header;
  put_big_endian(header, width);
  put_big_endian(header, height);
  put(header, {static_cast<std::uint8_t>(bits), static_cast<std::uint8_t>(kind), 0, 0, 0});
  Bytes out = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
  put(out, png_chunk("IHDR", header));
  put(out, extra);
  put(out, png_chunk("IDAT", packed));
  put(out, png_chunk("IEND", {}));
  return out;
}

/// A PNG; rows: what the PNG standard calls scanlines, without their filter bytes.
inline Bytes png(std::uint32_t width, std::uint32_t height, int bits, int kind,
                 const std::vector<Bytes>& rows, const Bytes& extra = {}) {
  Bytes raw;
  for (const Bytes& row : rows) {
    raw.push_back(0);
    put(raw, row);
  }
  return png_of(width, height, bits, kind, zlib_stored(raw), extra);
}

}  // namespace ek
