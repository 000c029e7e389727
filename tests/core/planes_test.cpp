// The planes of the direct convolution and of implicit GEMM: pack against the definition, for bands that begin above and
// end below the image.
#include "evenkeel/core/fast/planes.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>

#include "evenkeel/core/base/conv_shape.h"
#include "evenkeel/core/base/pair.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/fast/channels_last.h"
#include "evenkeel/core/kernels/kernels.h"
#include "tests/support/values.h"

namespace ek {
namespace {

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

/// Pixel (row, column) of the image with its zeros before and behind.
Real padded_pixel(const Planes& p, const Values& image, std::int64_t channel, std::int64_t row,
                  std::int64_t column) {
  const std::int64_t y = row - p.top, x = column - p.left;
  const bool inside = y >= 0 && y < p.height && x >= 0 && x < p.width;
  return inside ? image[at((channel * p.height + y) * p.width + x)] : 0;
}

/// The definition of a band, plane after plane.
Values band(const Planes& p, const Values& image, std::int64_t first_row) {
  Values all(at(p.size()), 0);
  for (std::int64_t c = 0; c < p.channels; ++c)
    for (std::int64_t i = 0; i < p.rows; ++i)
      for (std::int64_t j = 0; j < p.pitch; ++j)
        all[at(c * p.plane() + i * p.pitch + j)] = padded_pixel(p, image, c, first_row + i, j);
  return all;
}

void check_planes(const Planes& p, std::int64_t first_row) {
  CAPTURE(first_row);
  REQUIRE(p.plane() % kChannelBlock == 0);
  REQUIRE(p.plane() >= p.rows * p.pitch);
  Values image = numbers(p.channels * p.height * p.width, "image");
  image[0] = std::numeric_limits<Real>::quiet_NaN();  // is copied, not added to
  Values packed(at(p.size()), 0);
  packed.push_back(kGuard);
  for (const std::int64_t before : {first_row - 1, first_row + 2})
    pack(p, image.data(), before, packed.data());
  pack(p, image.data(), first_row, packed.data());
  REQUIRE(packed.back() == kGuard);
  packed.pop_back();
  REQUIRE(same_bits(packed, band(p, image, first_row)));
}

TEST_CASE("a band is the image with its zeros") {
  for (const Pair size : {Pair(1), Pair(7, 5), Pair(4, 19)})
    for (const Pair before : {Pair(0), Pair(1, 2), Pair(4, 3)})
      for (const std::int64_t rows : {1, 3, 6})
        for (const std::int64_t first_row :
             {-9, -2, -1, 0, 1, 2, 5, 20})  // -9 and 20: no row of the image
          check_planes({.channels = 2,
                        .height = size.h,
                        .width = size.w,
                        .top = before.h,
                        .left = before.w,
                        .rows = rows,
                        .pitch = size.w + before.w / 2 + 1},
                       first_row);
}

TEST_CASE("planes narrower than the image, and wider, and all border") {
  for (const std::int64_t pitch : {1, 2, 15, 16, 17, 40})
    for (const std::int64_t left : {0, 5, 50})
      check_planes({.channels = 3,
                    .height = 3,
                    .width = 16,
                    .top = 1,
                    .left = left,
                    .rows = 5,
                    .pitch = pitch},
                   0);
}

// shifted_product takes whole vectors of a band of the result, from the place of every tap on.
TEST_CASE("behind a band there is room for the last tap of the widest kernel") {
  for (std::int64_t reach = 0; reach < 40; ++reach)
    for (std::int64_t width = 1; width < 36; ++width)
      for (std::int64_t rows = 1; rows < 12; ++rows)
        for (const std::int64_t tall : {std::int64_t{0}, reach}) {
          const std::int64_t pitch = width + reach;
          const Planes p = {1, 1, 1, 0, 0, rows + tall, pitch};
          REQUIRE(tall * pitch + reach + padded_channels((rows - 1) * pitch + width) <= p.size());
        }
}

// What implicit GEMM takes for granted.
TEST_CASE("a tap's offset and a pixel's lead to the value under the kernel, for every band") {
  const Values image = numbers(3 * 7 * 9, "image");
  for (const Pair kernel : {Pair(1), Pair(3), Pair(4, 2)})
    for (const Pair stride : {Pair(1), Pair(2), Pair(3, 1), Pair(1, 5)})
      for (const Pair dilation : {Pair(1), Pair(2, 1)})
        for (const std::int64_t band_height : {1, 2, 5}) {
          const ConvShape s =
              conv_shape({1, 3, 7, 9}, {1, 3, kernel.h, kernel.w},
                         {.stride = stride, .padding = {2, 1}, .dilation = dilation});
          const Planes p = planes_under(s, band_height);
          const Offsets taps = tap_offsets(s, p);
          const Offsets pixels =
              pixel_offsets(band_height, s.out_width, s.stride.h * p.pitch, s.stride.w);
          REQUIRE(std::ranges::max(taps) + std::ranges::max(pixels) < p.channels * p.plane());
          Values packed(at(p.size()), 0);
          for (std::int64_t begin = 0; begin < s.out_height; begin += band_height) {
            pack(p, image.data(), begin * s.stride.h, packed.data());
            bool right = true;
            for (std::int64_t t = 0; t < std::ssize(taps); ++t)
              for (std::int64_t q = 0; q < std::ssize(pixels); ++q) {
                const std::int64_t u = t / kernel.w % kernel.h, v = t % kernel.w;
                const std::int64_t row = (begin + q / s.out_width) * stride.h + u * dilation.h;
                const std::int64_t column = q % s.out_width * stride.w + v * dilation.w;
                right &= packed[at(taps[at(t)] + pixels[at(q)])] ==
                         padded_pixel(p, image, t / (kernel.h * kernel.w), row, column);
              }
            REQUIRE(right);
          }
        }
}

}  // namespace
}  // namespace ek
