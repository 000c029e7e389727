#include "evenkeel/core/ops/pool_windows.h"

#include <algorithm>

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/base/checked.h"

namespace ek {
namespace {

/// The windows of one axis. REQUIRES: 2 padding <= kernel; so each has a part of the image, and there are at most size + 1.
/// Where there are no values at all, the axis has the number of windows only.
WindowAxis windows(std::int64_t size, std::int64_t kernel, std::int64_t stride,
                   std::int64_t padding, bool count_padding, bool values) {
  const std::int64_t room = size - (kernel - 2 * padding);
  WindowAxis axis = {{}, room < 0 ? 0 : room / stride + 1};
  const std::int64_t step =
      std::min(stride, size);  // a larger stride is that of a single window, and nobody's step
  for (std::int64_t i = 0; i < axis.n && values; ++i) {
    const std::int64_t start = i * step - padding;
    const std::int64_t begin = std::max<std::int64_t>(start, 0),
                       end = std::min(start + kernel, size);
    axis.add({begin, step, end - begin, count_padding ? kernel : end - begin});
  }
  return axis;
}

}  // namespace

WindowAxis adaptive_windows(std::int64_t size, std::int64_t outputs, bool values) {
  constexpr CheckedSizes kSizes{"adaptive_avg_pool2d"};
  kSizes.multiply(kSizes.add(size, 1), outputs);  // the largest number below
  WindowAxis axis = {{}, outputs};
  for (std::int64_t o = 0, next = 0; o < outputs && values; o = next) {
    const std::int64_t begin = o * size / outputs, end = ceil_div((o + 1) * size, outputs);
    next = std::min(ceil_div((begin + 1) * outputs, size), std::max(o + 1, end * outputs / size));
    const WindowRun run = {begin, size / outputs, end - begin, end - begin};
    axis.add(run);
    axis.runs.back().n += next - o - 1;
  }
  return axis;
}

PoolWindows make_windows(const char* op, const Shape& x, Pair kernel, const PoolOptions& o) {
  const Pair stride = o.stride.value_or(kernel);
  check(x.rank() == 4 && x.product(2, 4) > 0, op, ": expected an input [N, C, H, W], got ", x);
  check(kernel.h > 0 && kernel.w > 0 && stride.h > 0 && stride.w > 0, op,
        ": kernel and stride must be positive, got ", kernel, " and ", stride);
  check(o.padding.h >= 0 && o.padding.w >= 0 && o.padding.h <= kernel.h / 2 &&
            o.padding.w <= kernel.w / 2,
        op, ": padding must be at most half the kernel ", kernel, ", got ", o.padding);
  CheckedSizes{op}.multiply(kernel.h, kernel.w);
  const bool values = x.numel() > 0;
  PoolWindows w{x, windows(x[2], kernel.h, stride.h, o.padding.h, o.count_include_pad, values),
                windows(x[3], kernel.w, stride.w, o.padding.w, o.count_include_pad, values)};
  check(w.rows.n * w.columns.n > 0, op, ": kernel ", kernel, " is larger than the padded input ",
        x);
  return w;
}

}  // namespace ek
