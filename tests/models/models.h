// What the tests of the models share.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/ops/random.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/layers/layer.h"
#include "evenkeel/layers/make_norm.h"
#include "evenkeel/models/registry.h"

namespace ek {

using Names = std::vector<std::string>;

/// "name shape" of every entry.
inline Names entries_of(const Layer& model) {
  Names entries;
  for (const auto& [name, value] : model.state_dict())
    entries.push_back(text(name, ' ', shape_of(value)));
  return entries;
}

inline Tensor random_images(Shape shape, std::uint64_t seed = 1) {
  Tensor images(shape);
  fill_normal(images, 0, 1, Stream(seed, "images"));
  return images;
}

inline ModelOptions with_norm(Norm norm) { return {.norm = {.norm = norm}}; }

}  // namespace ek
