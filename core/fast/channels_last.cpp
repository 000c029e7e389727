#include "evenkeel/core/fast/channels_last.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "evenkeel/core/base/real.h"
#include "evenkeel/core/machine/parallel.h"
#include "evenkeel/core/tensor/op.h"
#include "evenkeel/core/tensor/tensor.h"

namespace ek {

void pack_rows(const Real* x, std::int64_t channels, std::int64_t height, std::int64_t width,
               std::int64_t row_begin, std::int64_t rows, std::int64_t left, std::int64_t columns,
               Real* to) {
  if (left == 0 && columns == width && row_begin >= 0 &&
      row_begin + rows <= height)  // the rows are one row of pixels
    return kernels().transpose(channels, rows * width, x + row_begin * width, height * width, to,
                               channels);
  for (std::int64_t i = 0; i < rows; ++i, to += columns * channels) {
    const std::int64_t row = row_begin + i;
    const std::int64_t inside =
        row >= 0 && row < height ? std::clamp<std::int64_t>(columns - left, 0, width) : 0;
    std::fill_n(to, left * channels, Real(0));
    kernels().transpose(channels, inside, x + (inside > 0 ? row : 0) * width, height * width,
                        to + left * channels, channels);
    std::fill_n(to + (left + inside) * channels, (columns - left - inside) * channels, Real(0));
  }
}

Tensor mirrored(const Tensor& weight) {
  const std::int64_t out = weight.dim(0), in = weight.dim(1), taps = weight.dim(2) * weight.dim(3);
  Tensor result({in, out, weight.dim(2), weight.dim(3)});
  const Real* from = weight.data().data();
  Real* to = result.mutable_data().data();
  parallel_for(in, 8, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t o = 0; o < out; ++o)
      for (std::int64_t c = begin; c < end; ++c)
        std::reverse_copy(from + (o * in + c) * taps, from + (o * in + c + 1) * taps,
                          to + (c * out + o) * taps);
  });
  return result;
}

ConvShape mirrored(const ConvShape& s) {
  ConvShape m = s;
  std::swap(m.in_channels, m.out_channels);
  std::swap(m.height, m.out_height);
  std::swap(m.width, m.out_width);
  m.pad_top = s.kernel.h - 1 - s.pad_top;
  m.pad_left = s.kernel.w - 1 - s.pad_left;
  return m;
}

}  // namespace ek
