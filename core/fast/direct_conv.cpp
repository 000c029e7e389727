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

/// All sizes of a pass, and its step.
struct DirectPass {
  const ConvShape& s;
  const Epilogue& then;
  std::int64_t taps, blocks, pitch, band, bands;
  Planes planes;
  Offsets offset;
  Tensor weights, bias;  // [groups, blocks, taps or 1, kOutBlock]

  DirectPass(const ConvShape& shape, const Tensor& weight, const Epilogue& epilogue)
      : s(shape),
        then(epilogue),
        taps(s.patch()),
        blocks(ceil_div(s.out_channels, kOutBlock)),
        pitch(planes_under(s, 1).pitch),
        band(band_rows(s.samples * s.groups, s.out_height, s.in_channels, pitch)),
        bands(ceil_div(s.out_height, band)),
        planes(planes_under(s, band)),
        offset(tap_offsets(s, planes)),
        weights(blocked(s, taps, weight.data().data())),
        bias(then.bias ? blocked(s, 1, then.bias.data().data())
                       : Tensor::zeros({s.groups * blocks * kOutBlock})) {}

  /// Block b of the channels of a map's rows begin, ..., end. Whole rows of vectors go to their places at once. Else the
  /// rows are done as one, borders and all, into `c`, and their pixels copied from there.
  void block(std::int64_t image, std::int64_t begin, std::int64_t end, std::int64_t b,
             const Real* x, Real* c, Real* y) const {
    const std::int64_t g = image % s.groups, width = s.out_width, map = s.out_map();
    const std::int64_t channels = s.out_channels - b * kOutBlock;  // that are left
    const std::int64_t count = padded_channels((end - begin - 1) * pitch + width);
    const bool is_rowwise = width >= kChannelBlock && padded_channels(width) <= pitch;
    const bool is_direct = is_rowwise && channels >= kOutBlock;
    Real* to = y + (image * s.out_channels + b * kOutBlock) * map + begin * width;
    kernels().shifted_product(
        {.rows = is_direct ? end - begin : 1,
         .columns = is_direct ? width : count,
         .k = taps,
         .relu = then.relu_at_once(),
         .weight = weights.data().data() + (g * blocks + b) * taps * kOutBlock,
         .bias = bias.data().data() + (g * blocks + b) * kOutBlock,
         .x = {x, 0, pitch},
         .offset = offset.data(),
         .c = {is_direct ? to : c, is_direct ? map : count, width}});
    if (is_direct) return;
    for (std::int64_t o = 0; o < std::min(channels, kOutBlock); ++o) {
      kernels().copy_rows(end - begin, width, c + o * count, pitch, to + o * map, width);
    }
  }
};

}  // namespace

void direct_forward(const ConvShape& s, const Real* x, const Tensor& weight, const Epilogue& then,
                    Real* y) {
  const DirectPass pass(s, weight, then);
  for_each_chunk(s.samples * s.groups * pass.bands, [&](std::int64_t first, std::int64_t last) {
    Tensor packed = Tensor::zeros({pass.planes.size()});
    Tensor block({kOutBlock * padded_channels(pass.band * pass.pitch)});
    Real *from = packed.mutable_data().data(), *c = block.mutable_data().data();
    for (std::int64_t item = first; item < last; ++item) {
      const std::int64_t image = item / pass.bands, begin = item % pass.bands * pass.band;
      const std::int64_t end = std::min(s.out_height, begin + pass.band);
      pack(pass.planes, x + image * s.in_channels * s.in_map(), begin, from);
      for (std::int64_t b = 0; b < pass.blocks; ++b) pass.block(image, begin, end, b, from, c, y);
      then.finish(s, image * s.out_channels, s.out_channels, begin, end, y);
    }
  });
}

}  // namespace ek
