// The sizes of a convolution.
#pragma once

#include "core/conv.h"
#include "core/deferred.h"

namespace ek {

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
    return 2.0 * static_cast<double>(samples * groups * out_channels * out_map()) * static_cast<double>(patch());
  }
};

/// What becomes of the sums over the channels: y = sum + bias + residual and, with relu, max(that, 0).
struct Epilogue {
  Tensor bias = {}, residual = {};  // [O], y's shape; either may be empty
  bool relu = false;
  std::vector<RowMoments>* moments = nullptr;  // receives those of y's maps, unless a map is done in several parts

  /// A residual is added to rows that have just been written, and relu comes after it.
  bool relu_at_once() const { return relu && !residual; }
  /// Finishes rows begin, ..., end of `maps` maps from the first one on, counted over all samples; y: all values.
  void finish(const ConvShape& s, std::int64_t first, std::int64_t maps, std::int64_t begin, std::int64_t end,
              Real* y) const;
};

/// The sizes of conv2d(x [N, C, H, W], weight [O, C/groups, KH, KW]). Throws where they do not fit together.
ConvShape conv_shape(const Shape& x, const Shape& weight, const Conv2dOptions& options);

}  // namespace ek
