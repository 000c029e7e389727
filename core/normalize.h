// The one normalization behind BatchNorm, GroupNorm, InstanceNorm and LayerNorm:
//   y = (x - mean) / sqrt(var + eps) * weight + bias
// They differ only in which values share a mean and a variance.
#pragma once

#include <cstdint>
#include <vector>

#include "core/tensor.h"

namespace ek {

/// How x is cut up. x is seen as [samples, features, inner], with one weight and one bias per feature. Statistics
/// are shared either over all samples (groups = 0: one mean per feature) or, within each sample, over a group of
/// neighbouring features. With the outer, channels and inner of the statistics:
///   BatchNorm     [N, C, HW]            across(x)
///   GroupNorm     [1, N*G, C/G*HW]      within(x, G)
///   InstanceNorm  [1, N*C, HW]          within(x, C)
///   LayerNorm     [1, N, D]             within(x seen as [N, D], 1)
struct NormView {
  std::int64_t samples, features, inner;
  std::int64_t groups;  // per sample; 0: statistics over all samples

  /// Statistics per channel of x [N, C, ...] over the batch.
  static NormView across(const Shape& x);
  /// Statistics per sample and group of channels of x [N, C, ...].
  static NormView within(const Shape& x, std::int64_t groups);

  /// How many means there are, and how many values share one.
  std::int64_t statistics() const { return groups == 0 ? features : samples * groups; }
  std::int64_t count() const { return groups == 0 ? samples * inner : features / groups * inner; }
};

/// Mean and biased variance (divided by n), one of each per statistic, accumulated in double.
struct Moments {
  std::vector<double> mean, var;
};
Moments moments(const Tensor& x, const NormView& view);

/// y = (x - mean) rstd weight + bias with x's own mean and rstd = 1 / sqrt(var + eps): x's shape -> x's shape;
/// weight and bias [features], or empty. `stats`, where given, receives the moments.
/// dx = rstd (g - mean(g) - xhat mean(g xhat)), g = dy weight;  dweight = sum dy xhat;  dbias = sum dy
Tensor normalize(const Tensor& x, const NormView& view, const Tensor& weight, const Tensor& bias, double eps,
                 Moments* stats = nullptr);

/// The same with a given mean and variance per feature, [features] each, which are constants to the gradient:
/// dx = rstd dy weight. REQUIRES: view.groups == 0.
Tensor normalize_with(const Tensor& x, const NormView& view, const Tensor& mean, const Tensor& var,
                      const Tensor& weight, const Tensor& bias, double eps);

}  // namespace ek
