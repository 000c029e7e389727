#include "evenkeel/core/fast/convolution.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <vector>

#include "evenkeel/core/base/pair.h"
#include "evenkeel/core/fast/direct_conv.h"
#include "evenkeel/core/fast/implicit_gemm.h"
#include "evenkeel/core/fast/implicit_gemm_weight.h"
#include "evenkeel/core/fast/row_winograd.h"
#include "evenkeel/core/fast/winograd.h"
#include "evenkeel/core/kernels/dispatch.h"
#include "evenkeel/core/machine/parallel.h"
#include "evenkeel/core/machine/profile.h"

namespace ek {
namespace {

/// A way to compute y. The first one in the table that takes the sizes is used.
struct ForwardWay {
  bool (*takes)(const ConvShape& s);
  void (*run)(const ConvShape& s, const Real* x, const Tensor& weight, const Epilogue& then,
              Real* y);
};

/// Winograd's way has a quarter of the multiplications, which outweighs its transforms from 32 channels on; its weight
/// gradient's results are small, so there 16 are enough (measured by apps/bench/ops.py).
constexpr std::int64_t kFewestForWinograd = 32;

bool by_winograd(const ConvShape& s) {
  return winograd_takes(s) && std::min(s.in_channels, s.out_channels) >= kFewestForWinograd;
}
bool has_stride_one(const ConvShape& s) { return s.stride == Pair(1); }
bool always(const ConvShape&) { return true; }

constexpr ForwardWay kForwardWays[] = {
    {by_winograd, winograd_forward},  // 3x3, many channels: a quarter of the multiplications
    {row_winograd_takes, row_winograd_forward},  // three rows, some channels: half of them
    {has_stride_one, direct_forward},            // no transform, no transpose
    {always, implicit_gemm_forward},
};

/// A way to compute dweight. `dy_sums` [N, O], if not empty, receives the sum of each of dy's maps from a way that reads
/// them in passing.
struct WeightGradientWay {
  bool (*takes)(const ConvShape& s);
  bool sums_maps;
  void (*run)(const ConvShape& s, const Tensor& x, const Tensor& dy, Tensor& dweight,
              std::span<double> dy_sums);
};

constexpr WeightGradientWay kWeightGradientWays[] = {
    {winograd_takes, false,
     [](const ConvShape& s, const Tensor& x, const Tensor& dy, Tensor& dweight, std::span<double>) {
       winograd_weight_gradient(s, x, dy, dweight);
     }},
    {always, true, implicit_gemm_weight_gradient},
};

const auto& first_that_takes(const auto& ways, const ConvShape& s) {
  return *std::ranges::find_if(ways, [&](const auto& way) { return way.takes(s); });
}

/// The sum of each of dy's maps: [N, O, OH, OW] -> [N, O].
void sum_maps(const ConvShape& s, const Tensor& dy, std::vector<double>& sums) {
  const Real* maps = dy.data().data();
  parallel_each(std::ssize(sums), 16, [&](std::int64_t i) {
    sums[static_cast<std::size_t>(i)] = kernels().sum(s.out_map(), maps + i * s.out_map());
  });
}

/// dbias[o] = sum over samples of the sums of dy's maps
Tensor bias_gradient(const std::vector<double>& map_sums, std::int64_t channels) {
  Tensor dbias({channels});
  for (std::int64_t o = 0; o < channels; ++o) {
    double total = 0;
    for (std::int64_t i = o; i < std::ssize(map_sums); i += channels) {
      total += map_sums[static_cast<std::size_t>(i)];
    }
    dbias.mutable_data()[static_cast<std::size_t>(o)] = static_cast<Real>(total);
  }
  return dbias;
}

}  // namespace

void convolve(const ConvShape& s, const Real* x, const Tensor& weight, const Epilogue& then,
              Real* y) {
  first_that_takes(kForwardWays, s).run(s, x, weight, then, y);
}

bool transforms_weight(const ConvShape& s) { return by_winograd(s); }

bool gradient_is_convolution(const ConvShape& s) {
  return has_stride_one(s) && s.dilation == Pair(1) && s.groups == 1 && s.pad_top < s.kernel.h &&
         s.pad_left < s.kernel.w;
}

void convolve_input_gradient(const ConvShape& s, const Tensor& weight, const Tensor& dy,
                             Tensor& dx) {
  profile_count(s.flops(), weight.numel() + dy.numel() + dx.numel());
  implicit_gemm_input_gradient(s, weight, dy, dx);
}

ConvParameterGradients convolve_parameter_gradients(const ConvShape& s, const Shape& weight,
                                                    const Tensor& x, const Tensor& dy,
                                                    bool need_bias) {
  const std::int64_t channels = s.groups * s.out_channels;
  if (s.samples == 0) {
    return {x ? Tensor::zeros(weight) : Tensor(), need_bias ? Tensor::zeros({channels}) : Tensor()};
  }
  ConvParameterGradients gradients;
  std::vector<double> map_sums(static_cast<std::size_t>(need_bias ? s.samples * channels : 0));
  profile_count(x ? s.flops() : 0,
                (x ? x.numel() + weight.numel() : 0) + s.samples * channels * s.out_map());
  bool are_summed = false;
  if (x) {
    const WeightGradientWay& way = first_that_takes(kWeightGradientWays, s);
    gradients.weight = Tensor(weight);
    way.run(s, x, dy, gradients.weight, map_sums);
    are_summed = way.sums_maps;
  }
  if (!need_bias) return gradients;
  if (!are_summed) sum_maps(s, dy, map_sums);
  gradients.bias = bias_gradient(map_sums, channels);
  return gradients;
}

}  // namespace ek
