// The windows of a pooling: where they lie in the image.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "evenkeel/core/base/pair.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/ops/pooling.h"

namespace ek {

/// Windows of one axis that are alike: n of them, the first from row (or column) `begin` of the input, each `step`
/// further, of `size` rows without the padding, which count as `count` for an average.
struct WindowRun {
  std::int64_t begin, step, size, count, n = 1;
  WindowRun next() const { return {begin + n * step, step, size, count}; }
  bool operator==(const WindowRun&) const = default;
};

/// The windows of one axis.
struct WindowAxis {
  std::vector<WindowRun> runs;
  std::int64_t n = 0;

  void add(const WindowRun& window) {
    if (!runs.empty() && window == runs.back().next())
      ++runs.back().n;
    else
      runs.push_back(window);
  }
};

/// All windows of images of shape x.
struct PoolWindows {
  Shape x;
  WindowAxis rows, columns;
  Shape y() const { return {x[0], x[1], rows.n, columns.n}; }
};

/// Those of a kernel. Throws std::invalid_argument where sizes do not fit together; `op` names who asks.
PoolWindows make_windows(const char* op, const Shape& x, Pair kernel, const PoolOptions& options);

/// The window of output o of adaptive pooling: floor(o size / outputs) to ceil((o + 1) size / outputs). Where there are
/// more outputs than rows, some that follow each other have the same window: those are one run.
WindowAxis adaptive_windows(std::int64_t size, std::int64_t outputs, bool values);

}  // namespace ek
