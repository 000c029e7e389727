// Every op of core, at places where it is smooth: what gradient checks and comparisons with naive loops run over.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/tensor/tensor.h"
#include "tests/support/gradcheck.h"

namespace ek {

std::vector<OpCase> op_table();

/// The part of it that is in op_table_images.cpp.
void add_image_ops(std::vector<OpCase>& table);

/// Values 0.1 apart from each other and at least 0.025 from 0: no kink within reach.
Tensor distinct(Shape shape, const std::string& name);
/// Values from 0.3 up.
Tensor positive(Shape shape, const std::string& name);
/// Numbers of both signs, and 0: what a weight of a norm may be.
Tensor signs(std::int64_t n);

}  // namespace ek
