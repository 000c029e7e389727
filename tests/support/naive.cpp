#include "tests/support/naive.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include "evenkeel/core/base/conv_shape.h"
#include "evenkeel/core/base/pair.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/ops/pool_windows.h"

namespace ek::naive {
namespace {

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

double element(const Tensor& t, std::int64_t i, double otherwise) {
  return t ? double(t.data()[at(i)]) : otherwise;
}

std::int64_t output_size(std::int64_t size, std::int64_t padding, std::int64_t extent,
                         std::int64_t stride) {
  return (size + 2 * padding - extent) / stride + 1;
}

}  // namespace

Values matmul(const Tensor& a, const Tensor& b) {
  const std::int64_t m = a.dim(0), k = a.dim(1), n = b.dim(1);
  Values y(at(m * n));
  for (std::int64_t i = 0; i < m; ++i)
    for (std::int64_t j = 0; j < n; ++j)
      for (std::int64_t l = 0; l < k; ++l)
        y[at(i * n + j)] += double(a.data()[at(i * k + l)]) * double(b.data()[at(l * n + j)]);
  return y;
}

Conv conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias, const Conv2dOptions& options,
            const Tensor& dy) {
  const std::int64_t height = x.dim(2), width = x.dim(3), channels = x.dim(1), out = weight.dim(0),
                     in = weight.dim(1);
  const std::int64_t kh = weight.dim(2), kw = weight.dim(3), out_of_group = out / options.groups;
  const Pair pad = options.padding.size, stride = options.stride, dilation = options.dilation;
  const std::int64_t oh = output_size(height, pad.h, dilation.h * (kh - 1) + 1, stride.h);
  const std::int64_t ow = output_size(width, pad.w, dilation.w * (kw - 1) + 1, stride.w);
  Conv r{Values(at(x.dim(0) * out * oh * ow)), Values(at(x.numel())), Values(at(weight.numel())),
         Values(at(out))};
  const std::span<const Real> xs = x.data(),
                              ws = weight.data();  // a call of data() costs more than a product
  std::int64_t yi = 0;
  for (std::int64_t n = 0; n < x.dim(0); ++n)
    for (std::int64_t o = 0; o < out; ++o)
      for (std::int64_t i = 0; i < oh; ++i)
        for (std::int64_t j = 0; j < ow; ++j, ++yi) {
          const double g = element(dy, yi, 0);
          r.y[at(yi)] += element(bias, o, 0);
          r.dbias[at(o)] += g;
          for (std::int64_t c = 0; c < in; ++c)
            for (std::int64_t u = 0; u < kh; ++u)
              for (std::int64_t v = 0; v < kw; ++v) {
                const std::int64_t row = i * stride.h + u * dilation.h - pad.h;
                const std::int64_t column = j * stride.w + v * dilation.w - pad.w;
                if (row < 0 || row >= height || column < 0 || column >= width) continue;
                const std::int64_t channel = o / out_of_group * in + c;
                const std::size_t xi =
                    at(((n * channels + channel) * height + row) * width + column);
                const std::size_t wi = at(((o * in + c) * kh + u) * kw + v);
                r.y[at(yi)] += double(ws[wi]) * double(xs[xi]);
                r.dx[xi] += double(ws[wi]) * g;
                r.dweight[wi] += double(xs[xi]) * g;
              }
        }
  return r;
}

Values pool2d(const Tensor& x, Pair kernel, const PoolOptions& options, Pool kind) {
  const std::int64_t height = x.dim(2), width = x.dim(3);
  const Pair stride = options.stride.value_or(kernel), pad = options.padding;
  Values y;
  for (std::int64_t map = 0; map < x.dim(0) * x.dim(1); ++map)
    for (std::int64_t i = 0; i < output_size(height, pad.h, kernel.h, stride.h); ++i)
      for (std::int64_t j = 0; j < output_size(width, pad.w, kernel.w, stride.w); ++j) {
        double sum = 0, largest = -std::numeric_limits<double>::infinity();
        int inside = 0;
        for (std::int64_t u = 0; u < kernel.h; ++u)
          for (std::int64_t v = 0; v < kernel.w; ++v) {
            const std::int64_t row = i * stride.h + u - pad.h, column = j * stride.w + v - pad.w;
            if (row < 0 || row >= height || column < 0 || column >= width) continue;
            const double value = x.data()[at((map * height + row) * width + column)];
            sum += value;
            largest = std::max(largest, value);
            ++inside;
          }
        const double count = options.count_include_pad ? double(kernel.h * kernel.w) : inside;
        y.push_back(kind == Pool::max ? largest : sum / count);
      }
  return y;
}

Values normalize(const Tensor& x, std::int64_t groups, const Tensor& weight, const Tensor& bias,
                 double eps) {
  const std::int64_t channels = x.dim(1), inner = x.shape().product(2, x.rank());
  auto channel_of = [&](std::int64_t i) { return i / inner % channels; };
  auto statistic_of = [&](std::int64_t i) {
    const std::int64_t sample = i / inner / channels, c = channel_of(i);
    return at(groups == 0 ? c : sample * groups + c / (channels / groups));
  };
  const std::size_t statistics = statistic_of(x.numel() - 1) + 1;
  Values mean(statistics), var(statistics), y;
  const double count = double(x.numel()) / double(statistics);
  for (std::int64_t i = 0; i < x.numel(); ++i)
    mean[statistic_of(i)] += double(x.data()[at(i)]) / count;
  for (std::int64_t i = 0; i < x.numel(); ++i)
    var[statistic_of(i)] += std::pow(double(x.data()[at(i)]) - mean[statistic_of(i)], 2) / count;
  for (std::int64_t i = 0; i < x.numel(); ++i) {
    const double xhat =
        (double(x.data()[at(i)]) - mean[statistic_of(i)]) / std::sqrt(var[statistic_of(i)] + eps);
    y.push_back(xhat * element(weight, channel_of(i), 1) + element(bias, channel_of(i), 0));
  }
  return y;
}

Values softmax(const Tensor& x, int axis) {
  const AxisView view = axis_view(x.shape(), axis);
  Values y = values(x);
  for (std::int64_t o = 0; o < view.outer; ++o)
    for (std::int64_t i = 0; i < view.inner; ++i) {
      double total = 0;
      for (std::int64_t k = 0; k < view.size; ++k) {
        double& value = y[at((o * view.size + k) * view.inner + i)];
        total += value = std::exp(value);
      }
      for (std::int64_t k = 0; k < view.size; ++k)
        y[at((o * view.size + k) * view.inner + i)] /= total;
    }
  return y;
}

}  // namespace ek::naive
