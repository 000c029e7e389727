#include "evenkeel/core/fast/row_moments.h"

#include "evenkeel/core/kernels/dispatch.h"
#include "evenkeel/core/kernels/kernels.h"

namespace ek {

RowMoments row_moments(std::int64_t n, const Real* values) {
  const DoubleSums s = kernels().moments(n, values, values[0]);
  const double count = static_cast<double>(n), shifted = s.first / count,
               squares = s.second - s.first * shifted;
  return {count, values[0] + shifted, squares < 0 ? 0 : squares};
}

}  // namespace ek
