// A normalization layer by name, so that one model can be had with any of them, or with none.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "evenkeel/layers/layer.h"

namespace ek {

enum class Norm { batch, layer, instance, group, none };

/// "batch", "layer", "instance", "group", "none" and back. Throws std::invalid_argument for any other name.
Norm norm_from_name(std::string_view name);
std::string_view name_of(Norm norm);

struct MakeNormOptions {
  Norm norm = Norm::batch;
  std::int64_t groups =
      32;  // group: at most; the largest divisor of the channels that is not above is taken
  double eps = 1e-5;
  double momentum = 0.1;  // batch only
};

/// For maps [N, C, H, W]: BatchNorm2d, GroupNorm(1, C) (the layer norm of Wu & He: over channels and map, a
/// weight per channel), InstanceNorm2d with weights, GroupNorm or Identity.
std::unique_ptr<Layer> make_norm2d(std::int64_t channels, const MakeNormOptions& options);

/// For vectors [N, C]: BatchNorm1d, LayerNorm, GroupNorm or Identity. A vector has no map for an instance
/// norm to average over: LayerNorm stands in.
std::unique_ptr<Layer> make_norm1d(std::int64_t features, const MakeNormOptions& options);

}  // namespace ek
