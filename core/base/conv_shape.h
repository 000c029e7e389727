// The options of a convolution, and the sizes that follow from them.
#pragma once

#include <concepts>
#include <cstdint>

#include "evenkeel/core/base/pair.h"
#include "evenkeel/core/base/shape.h"

namespace ek {

/// Rows and columns of zeros around the image: numbers, "valid" (none) or "same" (the output has the input's
/// size; stride 1 only; an odd row or column goes to the bottom or right).
struct Padding {
  Pair size = 0;
  bool same = false;
  template <std::integral Number>  // a template, because a literal 0 would fit const char* as well
  constexpr Padding(Number both)
      : size(static_cast<std::int64_t>(both)) {}  // NOLINT: {.padding = 1}
  constexpr Padding(std::int64_t h, std::int64_t w) : size(h, w) {}
  Padding(const char* mode);  // NOLINT: {.padding = "same"}
};

struct Conv2dOptions {
  Pair stride = 1;
  Padding padding = 0;
  Pair dilation = 1;
  std::int64_t groups = 1;
  bool bias = true;  // read by the layer; the op looks at whether it was given a bias
};

/// All sizes of one convolution. Channels are those of one group: C/groups in, O/groups out.
struct ConvShape {
  std::int64_t samples, groups, in_channels, out_channels;
  std::int64_t height, width;          // of the input
  std::int64_t out_height, out_width;  // of the output
  Pair kernel, stride, dilation;
  std::int64_t pad_top, pad_left;  // bottom and right follow from the output's size

  std::int64_t in_map() const { return height * width; }
  std::int64_t out_map() const { return out_height * out_width; }
  /// Values under the kernel for one output pixel.
  std::int64_t patch() const { return in_channels * kernel.h * kernel.w; }
  /// Of the sum as it is written, 2 for each multiply-add.
  double flops() const {
    return 2.0 * static_cast<double>(samples * groups * out_channels * out_map()) *
           static_cast<double>(patch());
  }
};

/// The sizes of conv2d(x [N, C, H, W], weight [O, C/groups, KH, KW]). Throws where they do not fit together.
ConvShape conv_shape(const Shape& x, const Shape& weight, const Conv2dOptions& options);

}  // namespace ek
