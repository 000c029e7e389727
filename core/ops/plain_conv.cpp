#include "evenkeel/core/ops/plain_conv.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "evenkeel/core/base/real.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/tensor/autograd.h"

namespace ek {
namespace {

using Sums = std::vector<double>;

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

/// Calls term(y, w, x) for every product w x that goes into y, with their places in memory.
void for_each_product(const ConvShape& s, auto term) {
  const std::int64_t outputs = s.groups * s.out_channels, inputs = s.groups * s.in_channels;
  for (std::int64_t y = 0; y < s.samples * outputs * s.out_map(); ++y) {  // [N, O, OH, OW]
    const std::int64_t j = y % s.out_width, i = y / s.out_width % s.out_height;
    const std::int64_t o = y / s.out_map() % outputs, n = y / s.out_map() / outputs;
    for (std::int64_t k = 0; k < s.patch(); ++k) {  // [C/groups, KH, KW]
      const std::int64_t v = k % s.kernel.w, u = k / s.kernel.w % s.kernel.h;
      const std::int64_t c = o / s.out_channels * s.in_channels + k / s.kernel.w / s.kernel.h;
      const std::int64_t row = i * s.stride.h + u * s.dilation.h - s.pad_top;
      const std::int64_t column = j * s.stride.w + v * s.dilation.w - s.pad_left;
      if (row < 0 || row >= s.height || column < 0 || column >= s.width) continue;  // the padding
      term(at(y), at(o * s.patch() + k),
           at(((n * inputs + c) * s.height + row) * s.width + column));
    }
  }
}

Tensor rounded(const Shape& shape, const Sums& sums) {
  Tensor t(shape);
  const std::span<Real> values = t.mutable_data();
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<Real>(sums[i]);
  return t;
}

/// The channel of value y of the result.
std::size_t channel_of(const ConvShape& s, std::size_t y) {
  return y / at(s.out_map()) % at(s.groups * s.out_channels);
}

}  // namespace

Tensor plain_conv2d(const ConvShape& s, const Tensor& x, const Tensor& weight, const Tensor& bias) {
  const Shape shape = {s.samples, s.groups * s.out_channels, s.out_height, s.out_width};
  Sums y(at(shape.numel()));
  for (std::size_t i = 0; i < y.size(); ++i) y[i] = bias ? bias.data()[channel_of(s, i)] : 0;
  for_each_product(
      s, [&, xs = x.data(), ws = weight.data()](std::size_t i, std::size_t w, std::size_t from) {
        y[i] += double{ws[w]} * double{xs[from]};
      });
  return record("conv2d", rounded(shape, y), {x, weight, bias},
                [s, x = x.detach(), weight = weight.detach(),
                 has_bias = bool(bias)](const Tensor& dy) -> Gradients {
                  Sums dx(at(x.numel())), dw(at(weight.numel())), db(at(s.groups * s.out_channels));
                  const std::span<const Real> xs = x.data(), ws = weight.data(), g = dy.data();
                  for_each_product(s, [&](std::size_t i, std::size_t w, std::size_t from) {
                    dx[from] += double{ws[w]} * double{g[i]};
                    dw[w] += double{xs[from]} * double{g[i]};
                  });
                  for (std::size_t i = 0; i < g.size(); ++i) db[channel_of(s, i)] += g[i];
                  const Tensor dbias =
                      has_bias ? rounded({s.groups * s.out_channels}, db) : Tensor();
                  return {rounded(x.shape(), dx), rounded(weight.shape(), dw), dbias};
                });
}

}  // namespace ek
