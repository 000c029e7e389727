// The moments of some values, as a normalization needs them of each row.
#pragma once

#include <cstdint>

#include "evenkeel/core/base/real.h"

namespace ek {

/// The number of some values, their mean, and the sum of the squares of their distances to it.
struct RowMoments {
  double count = 0, mean = 0, squares = 0;
};

/// Of n values; around the first of them, so that nothing cancels.
RowMoments row_moments(std::int64_t n, const Real* values);

}  // namespace ek
