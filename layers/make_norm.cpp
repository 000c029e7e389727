#include "evenkeel/layers/make_norm.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "evenkeel/core/base/check.h"
#include "evenkeel/layers/functions.h"
#include "evenkeel/layers/norm.h"

namespace ek {
namespace {

constexpr std::string_view kNames[] = {"batch", "layer", "instance", "group",
                                       "none"};  // in the order of Norm

/// The largest divisor of `channels` that is at most `groups`.
std::int64_t fitting_groups(std::int64_t channels, std::int64_t groups) {
  check(groups > 0, "make_norm: groups must be positive, got ", groups);
  std::int64_t g = std::min(groups, channels);
  while (channels % g != 0) --g;
  return g;
}

}  // namespace

Norm norm_from_name(std::string_view name) {
  const auto* found = std::ranges::find(kNames, name);
  check(found != std::end(kNames), "norm: '", name, "' is not one of ", joined(kNames));
  return static_cast<Norm>(found - kNames);
}

std::string_view name_of(Norm norm) { return kNames[static_cast<std::size_t>(norm)]; }

std::unique_ptr<Layer> make_norm2d(std::int64_t channels, const MakeNormOptions& o) {
  switch (o.norm) {
    case Norm::batch:
      return std::make_unique<BatchNorm2d>(channels, BatchNormOptions{o.eps, o.momentum});
    case Norm::layer: return std::make_unique<GroupNorm>(1, channels, NormOptions{o.eps});
    case Norm::instance:
      return std::make_unique<InstanceNorm2d>(channels,
                                              InstanceNormOptions{o.eps, /*affine=*/true});
    default: return make_norm1d(channels, o);  // these two are the same for any rank
  }
}

std::unique_ptr<Layer> make_norm1d(std::int64_t features, const MakeNormOptions& o) {
  switch (o.norm) {
    case Norm::batch:
      return std::make_unique<BatchNorm1d>(features, BatchNormOptions{o.eps, o.momentum});
    case Norm::layer:
    case Norm::instance: return std::make_unique<LayerNorm>(features, NormOptions{o.eps});
    case Norm::group:
      return std::make_unique<GroupNorm>(fitting_groups(features, o.groups), features,
                                         NormOptions{o.eps});
    case Norm::none: break;
  }
  return std::make_unique<Identity>();
}

}  // namespace ek
