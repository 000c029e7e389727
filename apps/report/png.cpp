#include "apps/report/png.h"

#include <openssl/evp.h>

#include <cstddef>
#include <new>
#include <vector>

#include "evenkeel/core/base/check.h"

#define STB_IMAGE_WRITE_STATIC
#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STBI_WRITE_NO_STDIO
#include <stb/stb_image_write.h>

namespace ek {
namespace {

using Bytes = std::vector<unsigned char>;

/// [C, H, W] -> [H, W, C]
Bytes interleaved(const Picture& p) {
  const auto channels = static_cast<std::size_t>(p.channels), plane = p.pixels.size() / channels;
  Bytes pixels(p.pixels.size());
  for (std::size_t c = 0; c < channels; ++c)
    for (std::size_t i = 0; i < plane; ++i) pixels[i * channels + c] = p.pixels[c * plane + i];
  return pixels;
}

void append(void* bytes, void* data, int size) {
  const auto* first = static_cast<unsigned char*>(data);
  static_cast<Bytes*>(bytes)->insert(static_cast<Bytes*>(bytes)->end(), first, first + size);
}

Bytes encoded(const Picture& p) {
  Bytes png;
  const Bytes pixels = interleaved(p);
  if (!stbi_write_png_to_func(append, &png, p.width, p.height, p.channels, pixels.data(),
                              p.width * p.channels))
    throw std::bad_alloc();
  return png;
}

std::string base64(const Bytes& bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // with the 0 that EVP_EncodeBlock adds
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes.data(),
                                   static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

}  // namespace

std::string png_address(const Picture& p) {
  check((p.channels == 1 || p.channels == 3) && p.height > 0 && p.width > 0 &&
            p.pixels.size() == static_cast<std::size_t>(p.channels) *
                                   static_cast<std::size_t>(p.height) *
                                   static_cast<std::size_t>(p.width),
        "a picture of ", p.channels, " channels, ", p.height, "x", p.width, ", has ",
        p.pixels.size(), " bytes");
  return "data:image/png;base64," + base64(encoded(p));
}

}  // namespace ek
