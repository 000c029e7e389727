// What a model is made of: one row a layer.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "evenkeel/core/base/shape.h"
#include "evenkeel/layers/layer.h"

namespace ek {

struct LayerRow {
  std::string name, description;
  Shape output;  // for one image, without the batch axis
  std::int64_t parameters, multiply_adds;
};

/// The layers without children, in the order in which an image [C, H, W] passes through them. The model is
/// run once, in inference mode.
std::vector<LayerRow> layer_rows(Layer& model, const Shape& image);

/// The rows as a table with totals.
std::string format_layers(const std::vector<LayerRow>& rows);

}  // namespace ek
