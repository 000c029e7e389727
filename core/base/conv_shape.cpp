#include "evenkeel/core/base/conv_shape.h"

#include <cstdint>
#include <string_view>
#include <utility>

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/base/checked.h"

namespace ek {
namespace {

constexpr CheckedSizes kSizes{"conv2d"};

/// The output's size along one axis and the zeros before it.
std::pair<std::int64_t, std::int64_t> axis_sizes(std::int64_t size, std::int64_t kernel,
                                                 std::int64_t stride, std::int64_t dilation,
                                                 std::int64_t padding, bool same) {
  // Input rows from the first to the last under the kernel.
  const std::int64_t reach = kSizes.add(kSizes.multiply(dilation, kernel - 1), 1);
  if (same) return {size, (reach - 1) / 2};  // the odd one goes behind
  const std::int64_t room = kSizes.subtract(kSizes.add(size, kSizes.multiply(2, padding)), reach);
  return {room < 0 ? 0 : room / stride + 1, padding};
}

}  // namespace

Padding::Padding(const char* mode) : same(std::string_view(mode) == "same") {
  check(same || std::string_view(mode) == "valid",
        "conv2d: padding must be a number, \"same\" or \"valid\", got \"", mode, '"');
}

ConvShape conv_shape(const Shape& x, const Shape& weight, const Conv2dOptions& o) {
  check(x.rank() == 4, "conv2d: expected an input [N, C, H, W], got ", x);
  check(weight.rank() == 4, "conv2d: expected a weight [O, C/groups, KH, KW], got ", weight);
  check(o.stride.h > 0 && o.stride.w > 0, "conv2d: stride must be positive, got ", o.stride);
  check(o.dilation.h > 0 && o.dilation.w > 0, "conv2d: dilation must be positive, got ",
        o.dilation);
  check(weight.numel() > 0, "conv2d: empty kernel in weight ", weight);
  check(o.groups > 0 && weight[0] % o.groups == 0, "conv2d: ", weight[0],
        " output channels cannot be split into ", o.groups, " groups");
  check(x[1] == weight[1] * o.groups, "conv2d: weight ", weight, " with groups = ", o.groups,
        " expects ", weight[1] * o.groups, " input channels, got input ", x);
  const Padding& p = o.padding;
  check(p.size.h >= 0 && p.size.w >= 0, "conv2d: padding must not be negative, got ", p.size);
  check(!p.same || o.stride == Pair(1), "conv2d: padding \"same\" needs stride 1, got ", o.stride);
  const auto [out_height, top] =
      axis_sizes(x[2], weight[2], o.stride.h, o.dilation.h, p.size.h, p.same);
  const auto [out_width, left] =
      axis_sizes(x[3], weight[3], o.stride.w, o.dilation.w, p.size.w, p.same);
  check(out_height > 0 && out_width > 0, "conv2d: the kernel of weight ", weight, " (dilation ",
        o.dilation, ") is larger than the padded input ", x);
  const Pair kernel = {weight[2], weight[3]};
  return {x[0],      o.groups, weight[1], weight[0] / o.groups, x[2], x[3], out_height,
          out_width, kernel,   o.stride,  o.dilation,           top,  left};
}

}  // namespace ek
