// With the borders of zeros in place, the pixels of an output map that lie under one kernel value are the input map
// shifted, so a map of the result is a sum of shifted planes:
//   y[o, q] = b[o] + sum over c, u, v of  w[o, c, u, v]  x[c, offset(u, v) + q]         q: pixels, row after row
// q runs over whole rows of the padded plane; what it computes at border columns, if it does, is never stored.
#include "evenkeel/core/fast/direct_conv.h"

#include <algorithm>
#include <cstdint>

#include "evenkeel/core/base/checked.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/fast/channels_last.h"
#include "evenkeel/core/fast/planes.h"
#include "evenkeel/core/kernels/kernels.h"
#include "evenkeel/core/machine/parallel.h"
#include "evenkeel/core/tensor/op.h"
#include "evenkeel/core/tensor/tensor.h"

namespace ek {
namespace {

/// [groups, blocks, taps, kOutBlock] from rows of `taps` values for every output channel, zeros where a block is not full.
Tensor blocked(const ConvShape& s, std::int64_t taps, const Real* values) {
  const std::int64_t blocks = ceil_div(s.out_channels, kOutBlock);
  Tensor result = Tensor::zeros({s.groups * blocks, taps, kOutBlock});
  Real* to = result.mutable_data().data();
  for (std::int64_t g = 0; g < s.groups; ++g, to += blocks * taps * kOutBlock)
    for (std::int64_t o = 0; o < s.out_channels; ++o)
      for (std::int64_t k = 0; k < taps; ++k)
        to[(o / kOutBlock * taps + k) * kOutBlock + o % kOutBlock] = *values++;
  return result;
}

}  // namespace

void direct_forward(const ConvShape& s, const Real* x, const Tensor& weight, const Epilogue& then,
                    Real* y) {
  const std::int64_t channels = s.out_channels, map = s.out_map(), taps = s.patch();
  const std::int64_t blocks = ceil_div(channels, kOutBlock);
  const std::int64_t pitch = planes_under(s, 1).pitch;
  const std::int64_t band = band_rows(s.samples * s.groups, s.out_height, s.in_channels, pitch);
  const std::int64_t bands = ceil_div(s.out_height, band);
  const Planes planes = planes_under(s, band);
  const Offsets offset = tap_offsets(s, planes);
  const Tensor weights = blocked(s, taps, weight.data().data());
  const Tensor bias = then.bias ? blocked(s, 1, then.bias.data().data())
                                : Tensor::zeros({s.groups * blocks * kOutBlock});
  const Real *ws = weights.data().data(), *bs = bias.data().data();
  // Whole rows of vectors go to their places at once. Else the rows are done as one, borders and all, and their pixels
  // copied from there.
  const bool rowwise = s.out_width >= kChannelBlock && padded_channels(s.out_width) <= pitch;
  for_each_chunk(s.samples * s.groups * bands, [&](std::int64_t first, std::int64_t last) {
    Tensor packed = Tensor::zeros({planes.size()}),
           block({kOutBlock * padded_channels(band * pitch)});
    Real *from = packed.mutable_data().data(), *c = block.mutable_data().data();
    for (std::int64_t item = first; item < last; ++item) {
      const std::int64_t image = item / bands, g = image % s.groups, begin = item % bands * band;
      const std::int64_t end = std::min(s.out_height, begin + band);
      const std::int64_t count = padded_channels((end - begin - 1) * pitch + s.out_width);
      pack(planes, x + image * s.in_channels * s.in_map(), begin, from);
      for (std::int64_t b = 0; b < blocks; ++b) {
        const bool direct = rowwise && (b + 1) * kOutBlock <= channels;
        Real* to = y + (image * channels + b * kOutBlock) * map + begin * s.out_width;
        kernels().shifted_product({.rows = direct ? end - begin : 1,
                                   .columns = direct ? s.out_width : count,
                                   .k = taps,
                                   .relu = then.relu_at_once(),
                                   .weight = ws + (g * blocks + b) * taps * kOutBlock,
                                   .bias = bs + (g * blocks + b) * kOutBlock,
                                   .x = {from, 0, pitch},
                                   .offset = offset.data(),
                                   .c = {direct ? to : c, direct ? map : count, s.out_width}});
        if (!direct)
          for (std::int64_t o = 0; o < std::min(channels - b * kOutBlock, kOutBlock); ++o)
            kernels().copy_rows(end - begin, s.out_width, c + o * count, pitch, to + o * map,
                                s.out_width);
      }
      then.finish(s, image * channels, channels, begin, end, y);
    }
  });
}

}  // namespace ek
