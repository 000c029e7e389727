#include "evenkeel/core/ops/pooling.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/base/checked.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/kernels/kernels.h"
#include "evenkeel/core/lazy/deferred.h"
#include "evenkeel/core/machine/parallel.h"
#include "evenkeel/core/machine/profile.h"
#include "evenkeel/core/ops/pool_windows.h"
#include "evenkeel/core/tensor/autograd.h"
#include "evenkeel/core/tensor/op.h"
#include "evenkeel/core/tensor/pieces.h"
#include "evenkeel/core/tensor/storage.h"

namespace ek {
namespace {

/// Calls body(windows, where the first begins in x, where it stands in y) for all blocks of windows that are alike, after
/// clearing dx, if there is one. In the order of windows: so gradients of windows that overlap are added. Where a map is
/// one window, the windows of neighbouring maps are a block.
void for_each_block(const PoolWindows& w, Real* dx, auto body) {
  const std::int64_t width = w.x[3], map = w.x[2] * width, out_map = w.rows.n * w.columns.n,
                     maps = w.x[0] * w.x[1];
  profile_count(0, maps * (map + out_map));
  parallel_for(
      maps, std::max<std::int64_t>(1, kElementGrain / (map + out_map)), [&](auto begin, auto end) {
        const std::int64_t together = out_map == 1 ? end - begin : 1;
        for (std::int64_t m = begin; m < end; m += together) {
          if (dx)  // in small pieces: a large one memset would write past the nearest cache
            for (std::int64_t at = m * map, last = at + together * map; at < last; at += 256)
              std::fill(dx + at, dx + std::min(at + 256, last), Real(0));
          std::int64_t to = m * out_map;
          for (const WindowRun& r : w.rows.runs)
            for (std::int64_t i = 0, rows = w.columns.runs.size() == 1 ? r.n : 1; i < r.n;
                 i += rows) {
              for (const WindowRun& c : w.columns.runs) {
                WindowBlock b{rows,   r.step * width, c.n,         c.step,           r.size,
                              c.size, width,          w.columns.n, r.count * c.count};
                if (together > 1) b.columns = together, b.step = map;
                body(b, m * map + (r.begin + i * r.step) * width + c.begin, to);
                to += c.n;
              }
              to += (rows - 1) * w.columns.n;
            }
        }
      });
}

/// Adds what dy gives to the gradient of x, for one block of windows.
using AddBlock =
    std::function<void(const WindowBlock&, const Real* dy, std::int64_t from, Real* dx)>;

/// dx = what `add` makes of dy, deferred: a gradient that x has from elsewhere is where it is added to.
Tensor gradient(const char* op, const PoolWindows& w, const Tensor& dy, const AddBlock& add,
                const Tensor& onto = {}) {
  Deferred how;
  if (!onto) how.add = [=](const Tensor& other) { return gradient(op, w, dy, add, other); };
  how.compute =
      [=, onto = Tensor(onto)](Tensor& dx) mutable {  // not const, so that it can be given away
        const ProfileScope scope(op, w.x, 0, Pass::backward);
        const bool fresh = !onto;
        if (!fresh) dx = owned(std::move(onto)), profile_count(0, dx.numel());
        const Real* g = dy.data().data();
        Real* d = dx.mutable_data().data();
        for_each_block(w, fresh ? d : nullptr,
                       [&](const WindowBlock& windows, std::int64_t to, std::int64_t from) {
                         add(windows, g, from, d + to);
                       });
      };
  return defer(w.x, {dy, onto}, std::move(how));
}

/// y = mean over the window         dx = sum over the windows that hold x of dy / count
Tensor average(const char* op, const Tensor& x, PoolWindows w) {
  Tensor y(w.y());
  const ProfileScope scope(op, y.shape());
  const Real* in = x.data().data();
  Real* out = y.mutable_data().data();
  for_each_block(w, nullptr, [=](const WindowBlock& windows, std::int64_t from, std::int64_t to) {
    kernels().mean_windows(windows, in + from, out + to);
  });
  return record(op, y, {x}, [op, w = std::move(w)](const Tensor& dy) -> Gradients {
    return {gradient(op, w, dy,
                     [](const WindowBlock& windows, const Real* g, std::int64_t from, Real* dx) {
                       kernels().mean_windows_backward(windows, g + from, dx);
                     })};
  });
}

/// Where the maximum of each window is: the number of a value in its window, 16 bits each.
struct Places {
  explicit Places(std::int64_t count)
      : memory(std::make_shared<Storage>(count * 2 / static_cast<std::int64_t>(sizeof(Real)) + 1)),
        values(reinterpret_cast<std::uint16_t*>(memory->values().data())) {}

  std::shared_ptr<Storage> memory;
  std::uint16_t* values;
};

/// The maxima of `part` of the samples, whose first window is window `first` of y.
void max_windows(const PoolWindows& part, Pair kernel, const Real* in, std::int64_t first, Real* y,
                 const Places& places) {
  std::uint16_t* place = places.values + first;
  for_each_block(
      part, nullptr,
      [=, to = y + first](const WindowBlock& windows, std::int64_t from, std::int64_t at) {
        kernels().max_windows(windows, kernel.w, in + from, to + at, place + at);
      });
}

/// The distance of each value of a window from the first one, in an image.
std::vector<std::int64_t> window_offsets(Pair kernel, std::int64_t width) {
  std::vector<std::int64_t> offsets;
  for (std::int64_t i = 0; i < kernel.h * kernel.w; ++i) {
    offsets.push_back(i / kernel.w * width + i % kernel.w);
  }
  return offsets;
}

}  // namespace

/// y = max over the window         dx = dy at the place of the maximum, which the forward pass remembers
Tensor max_pool2d(const Tensor& x, Pair kernel, const PoolOptions& options) {
  check(kernel.h <= 0 || kernel.w <= 0 || kernel.h <= 65536 / kernel.w,
        "max_pool2d: a kernel has at most 65536 values, got ", kernel, "; pool in several steps");
  const PoolWindows w = make_windows("max_pool2d", x.shape(), kernel, options);
  Tensor y(w.y());
  const ProfileScope scope("max_pool2d", y.shape());
  const Places places(y.numel());
  Real* out = y.mutable_data().data();
  const std::int64_t batch = x.dim(0);
  const std::int64_t few =
      std::min<std::int64_t>(batch / 8, 16);  // the maps of `few` samples fit the cache
  if (const Samples samples = few > 1 ? samples_of(x) : Samples()) {
    parallel_for(batch, few, [&](std::int64_t begin, std::int64_t end) {
      PoolWindows part = w;
      part.x = w.x.with(0, end - begin);
      Tensor maps(part.x);
      samples(begin, end - begin, maps.mutable_data().data());
      max_windows(part, kernel, maps.data().data(), begin * (y.numel() / batch), out, places);
    });
  } else {
    max_windows(w, kernel, x.data().data(), 0, out, places);
  }
  return record("max_pool2d", y, {x}, [w, kernel, places](const Tensor& dy) -> Gradients {
    const AddBlock add = [offset = window_offsets(kernel, w.x[3]), places](
                             const WindowBlock& windows, const Real* g, std::int64_t from,
                             Real* dx) {
      kernels().max_windows_backward(windows, offset.data(), g + from, places.values + from, dx);
    };
    return {gradient("max_pool2d", w, dy, add)};
  });
}

Tensor avg_pool2d(const Tensor& x, Pair kernel, const PoolOptions& options) {
  return average("avg_pool2d", x, make_windows("avg_pool2d", x.shape(), kernel, options));
}

Tensor adaptive_avg_pool2d(const Tensor& x, Pair output) {
  const Shape& in = x.shape();
  check(in.rank() == 4 && in.product(2, 4) > 0,
        "adaptive_avg_pool2d: expected an input [N, C, H, W], got ", in);
  check(output.h > 0 && output.w > 0, "adaptive_avg_pool2d: output size must be positive, got ",
        output);
  const bool values = in.numel() > 0;
  return average(
      "adaptive_avg_pool2d", x,
      {in, adaptive_windows(in[2], output.h, values), adaptive_windows(in[3], output.w, values)});
}

}  // namespace ek
