#include "evenkeel/core/ops/normalize.h"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <utility>
#include <vector>

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/base/checked.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/fast/norm_pass.h"
#include "evenkeel/core/fast/row_moments.h"
#include "evenkeel/core/lazy/deferred.h"
#include "evenkeel/core/lazy/normalization.h"
#include "evenkeel/core/machine/profile.h"
#include "evenkeel/core/ops/matmul.h"
#include "evenkeel/core/ops/plain_normalize.h"
#include "evenkeel/core/ops/reference.h"
#include "evenkeel/core/ops/reshape.h"
#include "evenkeel/core/tensor/autograd.h"
#include "evenkeel/core/tensor/op.h"

namespace ek {
namespace {

std::size_t index(std::int64_t i) { return static_cast<std::size_t>(i); }

void check_arguments(const char* op, const Tensor& x, const NormView& view, const Tensor& weight,
                     const Tensor& bias, double eps) {
  const CheckedSizes sizes{op};
  check(x.numel() == sizes.multiply(sizes.multiply(view.samples, view.features), view.inner), op,
        ": the view does not fit ", x.shape());
  check(eps > 0, op, ": eps must be positive, got ", eps);
  for (const Tensor& t : {weight, bias})
    check(!t || t.shape() == Shape{view.features}, op, ": expected weight and bias [",
          view.features, "] for input ", x.shape(), ", got ", t ? t.shape() : Shape());
}

}  // namespace

// The rows of one statistic, some of which may be known from x's own op, are merged in order [Chan1983]:
//   delta = mean_b - mean_a,  mean = mean_a + delta n_b / n,  M2 = M2_a + M2_b + delta^2 n_a n_b / n
Moments moments(const Tensor& x, const NormView& view) {
  if (use_reference()) return plain_moments(x, view);
  const ProfileScope scope("moments", x.shape());
  const auto statistics = index(view.statistics());
  Moments m{std::vector<double>(statistics), std::vector<double>(statistics)};
  if (x.numel() == 0) return m;
  std::vector<RowMoments> rows = row_moments_of(x);
  if (std::ssize(rows) != view.samples * view.features)
    rows.assign(index(view.samples * view.features), {});
  if (rows.front().count == 0) profile_count(0, x.numel());
  const Real* in = x.data().data();
  for_each_row(view, [&](std::int64_t row) {
    if (rows[index(row)].count == 0)
      rows[index(row)] = row_moments(view.inner, in + row * view.inner);
  });
  std::vector<double> merged(statistics);  // values so far
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const std::size_t k = index(view.statistic_of(static_cast<std::int64_t>(row)));
    const auto& [n, mean, squares] = rows[row];
    const double before = merged[k], delta = mean - m.mean[k];
    merged[k] += n;
    m.mean[k] = before == 0 ? mean : m.mean[k] + delta * (n / merged[k]);
    m.var[k] += squares + (before == 0 ? 0 : delta * delta * (before * n / merged[k]));
  }
  for (std::size_t k = 0; k < statistics; ++k) m.var[k] /= merged[k];
  return m;
}

Tensor normalize(const Tensor& x, const NormView& view, const Tensor& weight, const Tensor& bias,
                 double eps, Moments* stats) {
  check_arguments("normalize", x, view, weight, bias, eps);
  if (use_reference() && x.numel() > 0) {
    const Moments of_x = plain_moments(x, view);
    if (stats) *stats = of_x;
    return plain_normalize(x, view, of_x, false, weight, bias, eps);
  }
  if (view.inner == 1 && view.groups == 0 && view.samples > 1) {
    // [N, C] is transposed, so that a row has N values.
    const Tensor columns = transpose(reshape(x, {view.samples, view.features}));  // [C, N]
    const NormView rows = {1, view.features, view.samples, 0};
    return reshape(transpose(normalize(columns, rows, weight, bias, eps, stats)), x.shape());
  }
  Moments of_x = moments(x, view);
  const NormPass pass(view, of_x, weight, bias, eps, Statistics::of_x);
  if (stats) *stats = std::move(of_x);
  return normalized(x, weight, bias, pass);
}

/// y = scale x + shift as a part of the op that makes x, where neither has a history.
static Tensor folded(const Tensor& x, const NormView& view, const Moments& given,
                     const Tensor& weight, const Tensor& bias, double eps) {
  Tensor scale({view.features}), shift({view.features});
  for (std::int64_t c = 0; c < view.features; ++c) {
    const double factor = feature_value(weight, c, 1) / std::sqrt(given.var[index(c)] + eps);
    scale.mutable_data()[index(c)] = static_cast<Real>(factor);
    shift.mutable_data()[index(c)] =
        static_cast<Real>(feature_value(bias, c, 0) - given.mean[index(c)] * factor);
  }
  return fused_scale_shift(x, scale, shift);
}

Tensor normalize_with(const Tensor& x, const NormView& view, const Tensor& mean, const Tensor& var,
                      const Tensor& weight, const Tensor& bias, double eps) {
  check_arguments("normalize", x, view, weight, bias, eps);
  check(view.groups == 0, "normalize: given statistics are per feature");
  for (const Tensor& t : {mean, var}) {
    check(t.shape() == Shape{view.features}, "normalize: expected statistics [", view.features,
          "], got ", t.shape());
  }
  const Moments given = {{mean.data().begin(), mean.data().end()},
                         {var.data().begin(), var.data().end()}};
  if (use_reference() && x.numel() > 0) {
    return plain_normalize(x, view, given, true, weight, bias, eps);
  }
  const bool has_history =
      grad_enabled() && (x.requires_grad() || weight.requires_grad() || bias.requires_grad());
  if (!has_history) {
    if (Tensor y = folded(x, view, given, weight, bias, eps)) return y;
  }
  return normalized(x, weight, bias,
                    NormPass(view, given, weight, bias, eps, Statistics::constant));
}

}  // namespace ek
