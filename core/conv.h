// Two-dimensional convolution (cross-correlation, as everywhere in deep learning).
#pragma once

#include <concepts>

#include "core/tensor.h"

namespace ek {

/// One number per axis; a single number stands for both.
struct Pair {
  std::int64_t h, w;
  constexpr Pair(std::int64_t both) : h(both), w(both) {}  // NOLINT: implicit on purpose, {.stride = 2}
  constexpr Pair(std::int64_t h_, std::int64_t w_) : h(h_), w(w_) {}
  bool operator==(const Pair&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Pair& pair);  // 3 or (3, 5)

/// Rows and columns of zeros around the image: numbers, "valid" (none) or "same" (the output has the input's
/// size; stride 1 only; an odd row or column goes to the bottom or right).
struct Padding {
  Pair size = 0;
  bool same = false;
  template <std::integral Number>  // a template, because a literal 0 would fit const char* as well
  constexpr Padding(Number both) : size(static_cast<std::int64_t>(both)) {}  // NOLINT: {.padding = 1}
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

/// y[n,o,i,j] = b[o] + sum over c,u,v of w[o,c,u,v] x[n,c, i*stride + u*dilation - padding, ...]
/// x [N, C, H, W], weight [O, C/groups, KH, KW], bias [O] or empty -> [N, O, OH, OW],
/// OH = (H + 2 padding - dilation (KH - 1) - 1) / stride + 1. Output channel o sees the channels of its group
/// only. Throws std::invalid_argument where shapes and options do not fit together.
Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias = {}, const Conv2dOptions& options = {});

}  // namespace ek
