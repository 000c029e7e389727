// Which values of a tensor are normalized together.
#pragma once

#include <cstdint>
#include <vector>

#include "evenkeel/core/base/shape.h"

namespace ek {

/// How x is cut up. x is seen as [samples, features, inner], with one weight and one bias per feature. A mean
/// and a variance are shared either over all samples (groups = 0: one of each per feature) or, within each
/// sample, over a group of neighbouring features:
///   BatchNorm     x [N, C, ...]   across(x)        statistics over N and the map
///   GroupNorm     x [N, C, ...]   within(x, G)     over C/G channels and the map
///   InstanceNorm  x [N, C, ...]   within(x, C)     over the map
///   LayerNorm     x [N, D]        {1, N, D, 0}     over D; its weight per element is scale_shift_rows
struct NormView {
  std::int64_t samples, features, inner;
  std::int64_t groups;  // per sample; 0: statistics over all samples

  /// Statistics per channel of x [N, C, ...] over the batch.
  static NormView across(const Shape& x);
  /// Statistics per sample and group of channels of x [N, C, ...].
  static NormView within(const Shape& x, std::int64_t groups);

  /// How many means there are, how many values share one, and which one a row (one feature of one sample)
  /// uses.
  std::int64_t statistics() const { return groups == 0 ? features : samples * groups; }
  std::int64_t count() const { return groups == 0 ? samples * inner : features / groups * inner; }
  std::int64_t statistic_of(std::int64_t row) const {
    return groups == 0 ? row % features : row / (features / groups);
  }
};

/// Mean and biased variance (divided by n), one of each per statistic, accumulated in double.
struct Moments {
  std::vector<double> mean, var;
};

}  // namespace ek
