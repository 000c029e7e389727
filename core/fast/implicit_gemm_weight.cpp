// dW [taps, O] = X^T dy [pixels, O], with X as in implicit_gemm.cpp: never materialised.
#include "evenkeel/core/fast/implicit_gemm_weight.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "evenkeel/core/base/checked.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/fast/channels_last.h"
#include "evenkeel/core/fast/planes.h"
#include "evenkeel/core/kernels/kernels.h"
#include "evenkeel/core/machine/parallel.h"
#include "evenkeel/core/machine/profile.h"
#include "evenkeel/core/tensor/op.h"
#include "evenkeel/core/tensor/pieces.h"

namespace ek {
namespace {

/// The sums of dweight over some samples. Where dy is still to be computed, each sample of it is read while it is in the
/// cache.
struct WeightPass {
  static constexpr std::int64_t kPixels =
      96;  // of dy at once, so that what a product reads of it stays in the L1 cache

  const ConvShape& s;
  const Tensor& x;
  std::span<double> dy_sums;
  Planes planes;
  Offsets pixel, tap;
  Samples samples;   // empty where dy has its values
  const Real* maps;  // null where it has none

  WeightPass(const ConvShape& shape, const Tensor& image, const Tensor& dy, std::span<double> sums)
      : s(shape),
        x(image),
        dy_sums(sums),
        planes(planes_under(s, s.out_height)),
        pixel(pixel_offsets(s.out_height, s.out_width, capped_product(s.stride.h, planes.pitch),
                            s.stride.w)),
        tap(tap_offsets(s, planes)),
        samples(samples_of(dy)),
        maps(samples ? nullptr : dy.data().data()) {
    if (samples) profile_count(0, 2 * dy.numel());  // what they are made of
  }

  /// sums [groups, taps, O] += those of `count` groups from `group` on, of samples first, ..., last - 1.
  void add(std::int64_t first, std::int64_t last, std::int64_t group, std::int64_t count,
           Real* sums) const {
    const std::int64_t n = padded_channels(s.out_channels), map = s.out_channels * s.out_map();
    Tensor packed = Tensor::zeros({planes.size()}), transposed = Tensor::zeros({kPixels, n});
    Tensor computed({samples ? s.groups * map : 0});  // [groups, O, OH, OW]
    Real *v = packed.mutable_data().data(), *d = transposed.mutable_data().data();
    for (std::int64_t sample = first; sample < last; ++sample) {
      if (samples) samples(sample, 1, computed.mutable_data().data());
      for (std::int64_t g = group; g < group + count; ++g) {
        const std::int64_t image = sample * s.groups + g;
        pack(planes, x.data().data() + image * s.in_channels * s.in_map(), 0, v);
        const Real* dy = samples ? computed.data().data() + g * map : maps + image * map;
        sum_maps(image, dy);
        multiply(dy, v, d, sums + g * s.patch() * n);
      }
    }
  }

 private:
  void sum_maps(std::int64_t image, const Real* dy) const {
    for (std::int64_t o = 0; o < s.out_channels && !dy_sums.empty(); ++o) {
      dy_sums[static_cast<std::size_t>(image * s.out_channels + o)] =
          kernels().sum(s.out_map(), dy + o * s.out_map());
    }
  }

  /// sum [taps, O] += the image's pixels under each tap, `v`, times dy, which is transposed into `d` block by block.
  void multiply(const Real* dy, const Real* v, Real* d, Real* sum) const {
    const std::int64_t n = padded_channels(s.out_channels), map = s.out_map();
    for (std::int64_t q = 0; q < map; q += kPixels) {
      const std::int64_t pixels = std::min(kPixels, map - q);
      kernels().transpose(s.out_channels, pixels, dy + q, map, d, n);
      const TileProduct product = {.m = s.patch(),
                                   .n = n,
                                   .k = pixels,
                                   .a = {v, 0, 0},
                                   .b = d,
                                   .b_row = n,
                                   .c = sum,
                                   .c_row = n,
                                   .add = true};
      kernels().indirect_product({product, tap.data(), pixel.data() + q});
    }
  }
};

}  // namespace

// The samples are cut into a fixed number of slices with sums [groups, taps, O] of their own, added in order.
void implicit_gemm_weight_gradient(const ConvShape& s, const Tensor& x, const Tensor& dy,
                                   Tensor& dweight, std::span<double> dy_sums) {
  constexpr std::int64_t kMaxSlices = 8;
  const std::int64_t channels = s.out_channels, n = padded_channels(channels), taps = s.patch();
  const std::int64_t slices = std::clamp<std::int64_t>(s.samples, 1, kMaxSlices);
  const std::int64_t share = ceil_div(s.samples, slices), size = s.groups * taps * n;
  const WeightPass pass(s, x, dy, dy_sums);
  Tensor partial = Tensor::zeros({slices, size});
  Real* sums = partial.mutable_data().data();
  const std::int64_t at_once = pass.samples ? s.groups : 1;  // groups of a task
  parallel_each(slices * s.groups / at_once, 1, [&](std::int64_t task) {
    const std::int64_t slice = task * at_once / s.groups, first = slice * share;
    pass.add(first, std::min(s.samples, first + share), task * at_once % s.groups, at_once,
             sums + slice * size);
  });
  for (std::int64_t i = 1; i < slices; ++i) kernels().add(size, sums, sums + i * size, sums);
  for (std::int64_t g = 0; g < s.groups; ++g) {
    kernels().transpose(taps, channels, sums + g * taps * n, n,
                        dweight.mutable_data().data() + g * channels * taps, taps);
  }
}

}  // namespace ek
