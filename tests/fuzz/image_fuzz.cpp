// libFuzzer's entry to the readers of images: whatever the bytes are, they become an image or a DataError.
//   image_fuzz [-max_total_time=SECONDS] CORPUS_DIR     built with -DEVENKEEL_FUZZ=ON, which needs clang
#include <zlib.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "evenkeel/core/base/check.h"
#include "evenkeel/data/image.h"
#include "evenkeel/data/image_format.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* bytes, std::size_t size, std::size_t most);

namespace {

using Bytes = std::vector<std::uint8_t>;

std::uint32_t big_endian(const std::uint8_t* p) {
  return std::uint32_t{p[0]} << 24 | std::uint32_t{p[1]} << 16 | std::uint32_t{p[2]} << 8 | p[3];
}

void put_big_endian(std::uint8_t* p, std::uint32_t value) {
  for (int i = 0; i < 4; ++i) p[i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
}

/// Behind wrong checksums no fuzzer would ever see the decoder: they are made to fit, chunk by chunk, and the pixels'
/// Adler-32 where they unpack.
void mend_checksums(std::uint8_t* bytes, std::size_t size) {
  constexpr std::size_t kFrame = 12;
  for (std::size_t at = 8; at + kFrame <= size;) {
    const std::size_t length = big_endian(bytes + at);
    if (length > size - at - kFrame) return;
    std::uint8_t* content = bytes + at + 8;
    if (std::equal(bytes + at + 4, bytes + at + 8, "IDAT") && length > 6) {
      Bytes pixels(1 << 16);
      uLongf unpacked = pixels.size();
      z_stream stream{};
      if (inflateInit2(&stream, -15) == Z_OK) {
        stream.next_in = content + 2;
        stream.avail_in = static_cast<uInt>(length - 6);
        stream.next_out = pixels.data();
        stream.avail_out = static_cast<uInt>(pixels.size());
        inflate(&stream, Z_FINISH);
        unpacked = stream.total_out;
        inflateEnd(&stream);
        const uLong sum =
            adler32(adler32(0, nullptr, 0), pixels.data(), static_cast<uInt>(unpacked));
        put_big_endian(content + length - 4, static_cast<std::uint32_t>(sum));
      }
    }
    const uLong crc = crc32(0, bytes + at + 4, static_cast<uInt>(length + 4));
    put_big_endian(content + length, static_cast<std::uint32_t>(crc));
    at += kFrame + length;
  }
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* bytes, std::size_t size,
                                               std::size_t most, unsigned) {
  size = LLVMFuzzerMutate(bytes, size, most);
  if (ek::image_format({bytes, size}) == ek::ImageFormat::png) mend_checksums(bytes, size);
  return size;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  std::vector<std::uint8_t> pixels(std::size_t{3} * 8 * 8);
  try {
    ek::decode_image({bytes, bytes + size}, "input", {3, 8, 8}, pixels);
  } catch (const ek::DataError&) {  // a reason was given
  }
  return 0;
}
