#include "evenkeel/data/image.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <memory>
#include <new>
#include <stdexcept>
#include <utility>

#include "evenkeel/core/base/check.h"
#include "evenkeel/data/bmp.h"
#include "evenkeel/data/image_format.h"
#include "evenkeel/data/image_header.h"
#include "evenkeel/data/jpeg.h"
#include "evenkeel/data/png.h"

#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
#define STBI_NO_STDIO
#define STBI_ONLY_JPEG
#define STBI_ONLY_PNG
#define STBI_ONLY_BMP
#include <stb/stb_image.h>
#define STB_IMAGE_RESIZE_STATIC
#define STB_IMAGE_RESIZE_IMPLEMENTATION
#include <stb/stb_image_resize.h>

namespace ek {
namespace {

/// Pixels [height, width, 3], one row after another.
struct Picture {
  std::int64_t width = 0, height = 0;
  std::vector<std::uint8_t> rgb;
};

ImageHeader check_header(std::span<const std::uint8_t> bytes) {
  check(!bytes.empty(), "the file is empty, expected an image");
  switch (image_format(bytes)) {
    case ImageFormat::jpeg: return check_jpeg(bytes);
    case ImageFormat::png: return check_png(bytes);
    case ImageFormat::bmp: return check_bmp(bytes);
    case ImageFormat::unknown: break;
  }
  const std::string foreign = foreign_format(bytes);
  check(foreign.empty(), "is a ", foreign, " image, which is not read; ", how_to_convert(foreign),
        " converts it");
  throw std::invalid_argument("is no JPEG, PNG or BMP image");
}

/// Lays pixels of 4 bytes over white and drops the fourth, their opacity: c a + white (1 - a). True if one of them is
/// not opaque.
bool lay_over_white(std::span<const std::uint8_t> rgba, std::vector<std::uint8_t>& rgb) {
  bool transparent = false;
  rgb.resize(rgba.size() / 4 * 3);
  for (std::size_t i = 0, o = 0; i < rgba.size(); i += 4, o += 3) {
    const int opacity = rgba[i + 3];
    transparent |= opacity != 255;
    for (std::size_t c = 0; c < 3; ++c) {
      const int over_white = rgba[i + c] * opacity + 255 * (255 - opacity);
      rgb[o + c] = static_cast<std::uint8_t>((over_white + 127) / 255);
    }
  }
  return transparent;
}

/// REQUIRES: bytes that check_header accepts.
Picture decode(std::vector<std::uint8_t> bytes, ImageFacts& facts) {
  const ImageFormat format = image_format(bytes);
  const bool is_jpeg = format == ImageFormat::jpeg;
  if (is_jpeg) bytes = with_adobe_marker(std::move(bytes));
  if (format == ImageFormat::png) bytes = with_full_palette(std::move(bytes));
  const int channels = is_jpeg ? 3 : 4;  // a JPEG has no transparency
  int width = 0, height = 0, in_file = 0;
  const std::unique_ptr<stbi_uc, decltype(&stbi_image_free)> pixels(
      stbi_load_from_memory(bytes.data(), static_cast<int>(bytes.size()), &width, &height, &in_file,
                            channels),
      &stbi_image_free);
  if (!pixels)
    throw std::invalid_argument("cannot be decoded: " +
                                printable(std::string(stbi_failure_reason())));
  Picture picture = {width, height, {}};
  const auto count = static_cast<std::size_t>(picture.width * picture.height);
  if (is_jpeg) {
    picture.rgb.assign(pixels.get(), pixels.get() + 3 * count);
  } else {
    facts.transparent = lay_over_white({pixels.get(), 4 * count}, picture.rgb);
  }
  return picture;
}

/// As EXIF's orientation says: 2 mirrored, 3 turned by 180 degrees, 4 upside down and mirrored; 5 to 8 swap rows and
/// columns (5 alone, 6 needs a quarter turn to the right, 7 swaps along the other diagonal, 8 a quarter turn to the
/// left). Upright pixel (x, y) is stored pixel (column, row).
Picture turned_upright(Picture stored, int orientation) {
  if (orientation == 1) return stored;
  const bool swaps = orientation >= 5;
  const bool from_right =
      orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const bool from_below =
      orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  Picture upright = {
      swaps ? stored.height : stored.width, swaps ? stored.width : stored.height, {}};
  upright.rgb.resize(stored.rgb.size());
  auto to = upright.rgb.begin();
  for (std::int64_t y = 0; y < upright.height; ++y) {
    for (std::int64_t x = 0; x < upright.width; ++x) {
      const std::int64_t along = swaps ? y : x, across = swaps ? x : y;
      const std::int64_t column = from_right ? stored.width - 1 - along : along;
      const std::int64_t row = from_below ? stored.height - 1 - across : across;
      to = std::copy_n(stored.rgb.begin() + (row * stored.width + column) * 3, 3, to);
    }
  }
  return upright;
}

/// A part of a picture: rows of `width` pixels, `stride` bytes apart.
struct View {
  const std::uint8_t* corner;
  std::int64_t width, height, stride;
};

/// The largest part around the centre that has the aspect ratio width : height.
View centre(const Picture& picture, std::int64_t width, std::int64_t height) {
  const std::int64_t w = picture.width, h = picture.height;
  const std::int64_t crop_w = std::clamp<std::int64_t>(h * width / height, 1, w);
  const std::int64_t crop_h = std::clamp<std::int64_t>(w * height / width, 1, h);
  return {picture.rgb.data() + ((h - crop_h) / 2 * w + (w - crop_w) / 2) * 3, crop_w, crop_h,
          w * 3};
}

/// [height, width, 3]
std::vector<std::uint8_t> resized(const View& view, std::int64_t width, std::int64_t height) {
  std::vector<std::uint8_t> rgb(static_cast<std::size_t>(3 * height * width));
  const int stride = static_cast<int>(3 * width);
  if (!stbir_resize_uint8(view.corner, static_cast<int>(view.width), static_cast<int>(view.height),
                          static_cast<int>(view.stride), rgb.data(), static_cast<int>(width),
                          static_cast<int>(height), stride, 3)) {
    throw std::bad_alloc();
  }
  return rgb;
}

/// [H, W, 3] -> [3, H, W]
void split_channels(const View& view, std::span<std::uint8_t> pixels) {
  const std::int64_t plane = view.height * view.width;
  for (std::int64_t c = 0; c < 3; ++c) {
    for (std::int64_t i = 0; i < plane; ++i) {
      const std::int64_t y = i / view.width, x = i % view.width;
      pixels[static_cast<std::size_t>(c * plane + i)] = view.corner[y * view.stride + 3 * x + c];
    }
  }
}

}  // namespace

ImageFacts decode_image(std::vector<std::uint8_t> bytes, const std::string& name,
                        const Shape& image_shape, std::span<std::uint8_t> pixels) {
  check(image_shape.rank() == 3 && image_shape[0] == 3,
        "read_image: expected a shape [3, H, W], got ", image_shape);
  const std::int64_t height = image_shape[1], width = image_shape[2];
  check(std::ssize(pixels) == image_shape.numel(), "read_image: room for ", pixels.size(),
        " bytes, expected ", image_shape.numel());
  ImageFacts facts;
  Picture picture;
  try {
    const ImageHeader header = check_header(bytes);
    facts.turned = header.orientation != 1;
    picture = turned_upright(decode(std::move(bytes), facts), header.orientation);
  } catch (const std::invalid_argument& error) {
    throw DataError(text(name, ": ", error.what()));
  }
  facts.width = picture.width;
  facts.height = picture.height;
  View view = centre(picture, width, height);
  std::vector<std::uint8_t> small;
  if (view.width != width || view.height != height) {
    small = resized(view, width, height);
    view = {small.data(), width, height, 3 * width};
  }
  split_channels(view, pixels);
  return facts;
}

ImageFacts read_image(const fs::path& path, const Shape& image_shape,
                      std::span<std::uint8_t> pixels) {
  return decode_image(read_file(path, kMaxImageBytes), printable(path), image_shape, pixels);
}

}  // namespace ek
