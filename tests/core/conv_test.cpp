// conv2d against the naive loop on many shapes, forward and all gradients; the same bits for any number of
// threads and whatever the memory held before.
#include "evenkeel/core/ops/conv.h"
#include <doctest/doctest.h>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>
#include "evenkeel/core/base/check.h"
#include "evenkeel/core/base/conv_shape.h"
#include "evenkeel/core/base/pair.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/ops/elementwise.h"
#include "evenkeel/core/ops/random.h"
#include "evenkeel/core/ops/reduce.h"
#include "evenkeel/core/tensor/autograd.h"
#include "evenkeel/core/tensor/storage.h"
#include "evenkeel/core/tensor/tensor.h"
#include "tests/core/conv_support.h"
#include "tests/support/compare.h"
#include "tests/support/naive.h"
#include "tests/support/threads.h"

namespace ek {
namespace {

TEST_CASE("the shapes of real networks") {
  for (const Config& c : std::vector<Config>{
           {{2, 3, 32, 32}, {64, 3, 3, 3}, {.padding = 1}},
           {{2, 64, 8, 8}, {64, 64, 3, 3}, {.padding = 1, .bias = false}},
           {{3, 16, 16, 16}, {32, 16, 3, 3}, {.stride = 2, .padding = 1, .bias = false}},
           {{3, 16, 16, 16}, {32, 16, 1, 1}, {.stride = 2, .bias = false}},
           {{2, 3, 32, 32}, {8, 3, 5, 5}, {.padding = 2}},
           {{2, 3, 40, 40}, {4, 3, 11, 11}, {.stride = 4, .padding = 2}},
           {{2, 32, 7, 7}, {32, 1, 3, 3}, {.padding = 1, .groups = 32}},
           {{2, 40, 6, 6}, {24, 40, 1, 1}, {}},
           {{9, 64, 4, 4}, {72, 64, 3, 3}, {.padding = 1}},
           {{1, 128, 2, 2}, {40, 128, 3, 3}, {.padding = 1}},
       })
    check_config(c);
}

TEST_CASE("odd sizes around what fits a vector or a tile") {
  for (const std::int64_t size : {1, 2, 3, 5, 7, 9, 15, 17, 33})
    check_config({{2, 5, size, 34 - size}, {7, 5, 3, 3}, {.padding = 1}});
  for (const std::int64_t channels : {1, 2, 15, 16, 17, 31, 33, 65})
    check_config({{2, channels, 6, 5}, {channels + 1, channels, 3, 3}, {.padding = 1}});
  for (const std::int64_t samples : {1, 7, 8, 9, 17})
    check_config({{samples, 4, 5, 6}, {6, 4, 3, 3}, {.padding = 1}});
}

/// A configuration whose kernel fits its image.
Config random_config(std::uint64_t number) {
  const Stream stream(77, number);
  std::uint64_t drawn = 0;
  auto pick = [&](std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(
                     stream.below(static_cast<std::uint64_t>(high - low + 1), drawn++));
  };
  const std::int64_t groups = pick(0, 2) == 0 ? pick(2, 3) : 1;
  const std::int64_t in = pick(1, 6), out = groups * pick(1, 6);
  const Pair kernel = {pick(1, 4), pick(1, 4)}, dilation = {pick(1, 2), pick(1, 2)};
  const Pair stride = {pick(1, 3), pick(1, 3)};
  const std::int64_t pad_h = pick(0, 2), pad_w = pick(0, 2);
  const std::int64_t height =
      std::max<std::int64_t>(1, dilation.h * (kernel.h - 1) + 1 - 2 * pad_h);
  const std::int64_t width = std::max<std::int64_t>(1, dilation.w * (kernel.w - 1) + 1 - 2 * pad_w);
  const Shape x = {pick(1, 4), groups * in, height + pick(0, 9), width + pick(0, 9)};
  return {x,
          {out, in, kernel.h, kernel.w},
          {.stride = stride,
           .padding = {pad_h, pad_w},
           .dilation = dilation,
           .groups = groups,
           .bias = pick(0, 1) == 1}};
}

TEST_CASE("any kernel, stride, padding, dilation and groups") {
  for (std::uint64_t i = 0; i < 80; ++i) check_config(random_config(i));
}

/// Free blocks of every size up to 64 KiB, or a little larger than asked for, hold NaN.
void poison_all_sizes() {
  release_cached_memory();
  std::vector<Tensor> held;
  for (std::int64_t numbers = 16; numbers < 16384;
       numbers += std::max<std::int64_t>(16, numbers / 16))
    for (int copies = 0; copies < 2; ++copies)
      held.push_back(Tensor::full({numbers}, std::numeric_limits<Real>::quiet_NaN()));
}

TEST_CASE("what memory holds behind the planes of a wide kernel takes no part") {
  for (const Config& c : std::vector<Config>{
           {{1, 8, 1, 40}, {4, 8, 1, 19}, {}},
           {{2, 8, 1, 40}, {4, 8, 1, 7}, {.dilation = 3}},
           {{1, 4, 21, 21}, {4, 4, 7, 7}, {.padding = 0, .dilation = 2}},
           {{1, 8, 3, 70}, {4, 8, 1, 33}, {.padding = {0, 5}}},
           {{1, 8, 3, 90}, {4, 8, 2, 60}, {.stride = {1, 2}}},
       }) {
    CAPTURE(c.name());
    Tensor dy;
    poison_all_sizes();
    const Result r = run(c, dy);
    const naive::Conv expected = naive::conv2d(numbers(c.x, "x"), numbers(c.weight, "weight"),
                                               numbers({c.weight[0]}, "bias"), c.options, dy);
    using Span = std::span<const double>;
    CHECK(relative_error(r.y.data(), Span(expected.y)) <= kTolerance);
    CHECK(relative_error(r.dx.data(), Span(expected.dx)) <= kTolerance);
    CHECK(relative_error(r.dweight.data(), Span(expected.dweight)) <= kTolerance);
  }
}

}  // namespace
}  // namespace ek
