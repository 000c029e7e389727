#include "core/pooling.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "core/autograd.h"
#include "core/check.h"
#include "core/kernels/dispatch.h"
#include "core/parallel.h"
#include "core/profile.h"

namespace ek {
namespace {

/// The input rows (or columns) begin, ..., end - 1 under one output row (or column), and how many of the
/// window's rows, padding included, count for an average.
struct Window {
  std::int64_t begin, end, count;
};

/// The windows of one axis.
std::vector<Window> windows(std::int64_t size, std::int64_t kernel, std::int64_t stride, std::int64_t padding,
                            bool count_padding) {
  std::vector<Window> all;
  for (std::int64_t start = -padding; start + kernel <= size + padding; start += stride) {
    const std::int64_t begin = std::max<std::int64_t>(start, 0), end = std::min(start + kernel, size);
    all.push_back({begin, end, count_padding ? kernel : end - begin});
  }
  return all;
}

struct Windows {
  std::vector<Window> rows, columns;
  std::int64_t height, width;  // of the input
  std::int64_t out_map() const { return static_cast<std::int64_t>(rows.size() * columns.size()); }
};

Windows make_windows(const char* op, const Shape& x, Pair kernel, const PoolOptions& o) {
  const Pair stride = o.stride.value_or(kernel);
  check(x.rank() == 4, op, ": expected an input [N, C, H, W], got ", x);
  check(kernel.h > 0 && kernel.w > 0 && stride.h > 0 && stride.w > 0, op, ": kernel and stride must be positive, got ",
        kernel, " and ", stride);
  check(o.padding.h >= 0 && o.padding.w >= 0 && 2 * o.padding.h <= kernel.h && 2 * o.padding.w <= kernel.w, op,
        ": padding must be at most half the kernel ", kernel, ", got ", o.padding);
  Windows w{windows(x[2], kernel.h, stride.h, o.padding.h, o.count_include_pad),
            windows(x[3], kernel.w, stride.w, o.padding.w, o.count_include_pad), x[2], x[3]};
  check(w.out_map() > 0, op, ": kernel ", kernel, " is larger than the padded input ", x);
  return w;
}

Shape pooled_shape(const Shape& x, const Windows& w) {
  return {x[0], x[1], static_cast<std::int64_t>(w.rows.size()), static_cast<std::int64_t>(w.columns.size())};
}

/// Calls body(first value of an input map, first value of an output map) for every sample and channel.
template <typename Body>
void for_each_map(const Shape& x, const Windows& w, Body body) {
  profile_count(0, x[0] * x[1] * (w.height * w.width + w.out_map()));
  parallel_for(x[0] * x[1], 4, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t map = begin; map < end; ++map) body(map * w.height * w.width, map * w.out_map());
  });
}

/// y = mean over the window         dx = sum over the windows that hold x of dy / count
Tensor average(const char* op, const Tensor& x, Windows w) {
  Tensor y(pooled_shape(x.shape(), w));
  const ProfileScope scope(op, y.shape());
  const Real* in = x.data().data();
  Real* out = y.mutable_data().data();
  for_each_map(x.shape(), w, [&](std::int64_t from, std::int64_t to) {
    for (const Window& r : w.rows)
      for (const Window& c : w.columns) {
        double sum = 0;
        for (std::int64_t i = r.begin; i < r.end; ++i)
          for (std::int64_t j = c.begin; j < c.end; ++j) sum += in[from + i * w.width + j];
        out[to++] = static_cast<Real>(sum / static_cast<double>(r.count * c.count));
      }
  });
  return record(op, y, {x}, [shape = x.shape(), w = std::move(w)](const Tensor& dy) -> Gradients {
    Tensor dx = Tensor::zeros(shape);
    const Real* g = dy.data().data();
    Real* d = dx.mutable_data().data();
    for_each_map(shape, w, [&](std::int64_t to, std::int64_t from) {
      for (const Window& r : w.rows)
        for (const Window& c : w.columns) {
          const Real share = g[from++] / static_cast<Real>(r.count * c.count);
          for (std::int64_t i = r.begin; i < r.end; ++i)
            for (std::int64_t j = c.begin; j < c.end; ++j) d[to + i * w.width + j] += share;
        }
    });
    return {dx};
  });
}

/// The window of output o of adaptive pooling: floor(o size / outputs) to ceil((o + 1) size / outputs).
std::vector<Window> adaptive_windows(std::int64_t size, std::int64_t outputs) {
  std::vector<Window> all;
  for (std::int64_t o = 0; o < outputs; ++o) {
    const std::int64_t begin = o * size / outputs, end = ((o + 1) * size + outputs - 1) / outputs;
    all.push_back({begin, end, end - begin});
  }
  return all;
}

}  // namespace

namespace {

/// Max pooling whose windows lie side by side, as they mostly do: a flat loop over the windows of an output row. What
/// lies behind the last window has no gradient.
Tensor max_side_by_side(const Tensor& x, std::int64_t size) {
  const ProfileScope scope("max_pool2d", x.shape());
  const std::int64_t height = x.dim(2), width = x.dim(3), rows = height / size, columns = width / size;
  Tensor y({x.dim(0), x.dim(1), rows, columns});
  const auto which = std::make_shared<std::vector<std::int32_t>>(static_cast<std::size_t>(y.numel()));  // in the window
  const std::int64_t values = x.numel() + y.numel();
  profile_count(0, values);
  /// Calls body(row of y, where its windows begin in x) for all rows.
  auto for_each_row = [=, all = y.numel() / columns](auto body) {
    parallel_for(all, std::max<std::int64_t>(1, kElementGrain / (size * width)), [&](auto begin, auto end) {
      for (std::int64_t r = begin; r < end; ++r) body(r, (r / rows * height + r % rows * size) * width);
    });
  };
  const Real* in = x.data().data();
  Real* out = y.mutable_data().data();
  for_each_row([&](std::int64_t r, std::int64_t at) {
    kernels().max_windows(columns, size, in + at, width, out + r * columns, which->data() + r * columns);
  });
  return record("max_pool2d", y, {x}, [=, shape = x.shape()](const Tensor& dy) -> Gradients {
    profile_count(0, values);
    const bool whole = rows * size == height && columns * size == width;
    Tensor dx = whole ? Tensor(shape) : Tensor::zeros(shape);
    const Real* g = dy.data().data();
    Real* d = dx.mutable_data().data();
    for_each_row([&](std::int64_t r, std::int64_t at) {
      kernels().max_windows_backward(columns, size, g + r * columns, which->data() + r * columns, d + at, width);
    });
    return {dx};
  });
}

}  // namespace

/// y = max over the window         dx = dy at the place of the maximum, which the forward pass remembers
Tensor max_pool2d(const Tensor& x, Pair kernel, const PoolOptions& options) {
  const Windows w = make_windows("max_pool2d", x.shape(), kernel, options);
  if (kernel.h == kernel.w && options.stride.value_or(kernel) == kernel && options.padding == Pair(0))
    return max_side_by_side(x, kernel.h);
  check(w.height * w.width <= INT32_MAX, "max_pool2d: maps of ", x.shape(), " are too large");
  Tensor y(pooled_shape(x.shape(), w));
  const ProfileScope scope("max_pool2d", y.shape());
  auto places = std::make_shared<std::vector<std::int32_t>>(static_cast<std::size_t>(y.numel()));  // within the map
  const Real* in = x.data().data();
  Real* out = y.mutable_data().data();
  for_each_map(x.shape(), w, [&](std::int64_t from, std::int64_t to) {
    const Real* map = in + from;
    for (const Window& r : w.rows)
      for (const Window& c : w.columns) {
        std::int64_t best = r.begin * w.width + c.begin;
        for (std::int64_t i = r.begin; i < r.end; ++i)
          for (std::int64_t k = i * w.width + c.begin; k < i * w.width + c.end; ++k)
            if (map[k] > map[best] || std::isnan(map[k])) best = k;
        (*places)[static_cast<std::size_t>(to)] = static_cast<std::int32_t>(best);
        out[to++] = map[best];
      }
  });
  return record("max_pool2d", y, {x}, [shape = x.shape(), w, places](const Tensor& dy) -> Gradients {
    Tensor dx = Tensor::zeros(shape);
    const Real* g = dy.data().data();
    Real* d = dx.mutable_data().data();
    for_each_map(shape, w, [&](std::int64_t to, std::int64_t from) {
      for (std::int64_t o = from; o < from + w.out_map(); ++o) d[to + (*places)[static_cast<std::size_t>(o)]] += g[o];
    });
    return {dx};
  });
}

Tensor avg_pool2d(const Tensor& x, Pair kernel, const PoolOptions& options) {
  return average("avg_pool2d", x, make_windows("avg_pool2d", x.shape(), kernel, options));
}

Tensor adaptive_avg_pool2d(const Tensor& x, Pair output) {
  check(x.rank() == 4 && x.dim(2) > 0 && x.dim(3) > 0, "adaptive_avg_pool2d: expected an input [N, C, H, W], got ",
        x.shape());
  check(output.h > 0 && output.w > 0, "adaptive_avg_pool2d: output size must be positive, got ", output);
  return average("adaptive_avg_pool2d", x,
                 {adaptive_windows(x.dim(2), output.h), adaptive_windows(x.dim(3), output.w), x.dim(2), x.dim(3)});
}

Tensor global_avg_pool2d(const Tensor& x) { return adaptive_avg_pool2d(x, 1); }

}  // namespace ek
