#include "evenkeel/core/fast/norm_pass.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "evenkeel/core/base/real.h"
#include "evenkeel/core/kernels/dispatch.h"
#include "evenkeel/core/machine/parallel.h"
#include "evenkeel/core/machine/profile.h"
#include "evenkeel/core/tensor/autograd.h"

namespace ek {
namespace {

std::size_t index(std::int64_t i) { return static_cast<std::size_t>(i); }

}  // namespace

Real feature_value(const Tensor& t, std::int64_t feature, Real otherwise) {
  return t ? t.data()[index(feature)] : otherwise;
}

void for_each_row(const NormView& view, const std::function<void(std::int64_t row)>& body) {
  const std::int64_t inner = std::max<std::int64_t>(view.inner, 1);
  const std::int64_t grain = std::max<std::int64_t>(1, kElementGrain / inner);
  parallel_each(view.samples * view.features, grain, body);
}

// The mean is kept in two numbers, mean = hi + lo: x - hi is exact where x is near the mean, so
// ((x - hi) - lo) rstd is right to Real's precision however large the mean is beside the spread.
NormPass::NormPass(const NormView& view, const Moments& moments, const Tensor& weight,
                   const Tensor& bias, double eps, Statistics statistics)
    : view_(view), statistics_(statistics) {
  const std::int64_t distinct = view.groups == 0 ? view.features : view.samples * view.features;
  for (std::int64_t row = 0; row < distinct; ++row) {
    const std::size_t k = index(view.statistic_of(row));
    const Real hi = static_cast<Real>(moments.mean[k]);
    rows_.push_back({.mean_hi = hi,
                     .mean_lo = static_cast<Real>(moments.mean[k] - hi),
                     .rstd = static_cast<Real>(1 / std::sqrt(moments.var[k] + eps)),
                     .weight = feature_value(weight, row % view.features, 1),
                     .bias = feature_value(bias, row % view.features, 0),
                     .relu = false});
  }
}

NormPass NormPass::with_relu() const {
  NormPass more = *this;
  more.relu_ = true;
  return more;
}

NormPass NormPass::with_residual(const Tensor& residual) const {
  NormPass more = *this;
  more.residual_ = residual;
  return more;
}

const char* NormPass::name() const {
  if (residual_) return relu_ ? "normalize+add+relu" : "normalize+add";
  return relu_ ? "normalize+relu" : "normalize";
}

NormRow NormPass::row_of(std::int64_t row, bool relu) const {
  NormRow r = rows_[index(row) % rows_.size()];
  r.relu = relu;
  return r;
}

void NormPass::forward(const Tensor& x, Tensor& y) const {
  const ProfileScope scope(name(), y.shape(), (residual_ ? 3 : 2) * y.numel());
  const Real* in = x.data().data();
  Real* out = y.mutable_data().data();
  const Real* added = residual_ ? residual_.data().data() : nullptr;
  for_each_row(view_, [&](std::int64_t row) {
    const std::int64_t at = row * view_.inner;
    kernels().normalize(view_.inner, in + at, row_of(row, relu_), added ? added + at : nullptr,
                        out + at);
  });
}

NormSums NormPass::sums(const Tensor& x, const Tensor& dy, Wanted wanted) const {
  NormSums all = {dy, std::vector<DoubleSums>(index(view_.features)),
                  std::vector<DoubleSums>(index(view_.statistics()))};
  const bool is_masked = relu_ && residual_;
  if (statistics_ == Statistics::constant && wanted == Wanted::nothing && !is_masked) return all;
  if (is_masked) all.g = in_place_of(dy);
  const std::vector<DoubleSums> rows = row_sums(x, dy, all.g);
  for (std::int64_t row = 0; row < view_.samples * view_.features; ++row) {
    const DoubleSums& s = rows[index(row)];
    DoubleSums& feature = all.feature[index(row % view_.features)];
    feature = {feature.first + s.first, feature.second + s.second};
    if (statistics_ == Statistics::constant) continue;  // then the means drop out of dx
    const double share = row_of(row).weight / static_cast<double>(view_.count());
    DoubleSums& mean = all.mean[index(view_.statistic_of(row))];
    mean = {mean.first + share * s.first, mean.second + share * s.second};
  }
  return all;
}

/// sum g, sum g xhat of every row; where g is not dy, it is written first.
std::vector<DoubleSums> NormPass::row_sums(const Tensor& x, const Tensor& dy, Tensor& g) const {
  const bool is_masked = relu_ && residual_;
  std::vector<DoubleSums> sums(index(view_.samples * view_.features));
  profile_count(0, (is_masked ? 4 : 2) * x.numel());
  const Real *xs = x.data().data(), *dys = dy.data().data();
  Real* gs = is_masked ? g.mutable_data().data() : nullptr;
  const Real* added = is_masked ? residual_.data().data() : nullptr;
  for_each_row(view_, [&](std::int64_t row) {
    const std::int64_t at = row * view_.inner;
    if (gs)
      kernels().normalize_mask(view_.inner, xs + at, row_of(row), added + at, dys + at, gs + at);
    sums[index(row)] =
        kernels().normalize_sums(view_.inner, xs + at, (gs ? gs : dys) + at, row_of(row));
  });
  return sums;
}

void NormPass::input_gradient(const Tensor& x, const NormSums& sums, std::int64_t row,
                              const Real* g, Real* dx) const {
  const DoubleSums& mean = sums.mean[index(view_.statistic_of(row))];
  kernels().normalize_backward(view_.inner, x.data().data() + row * view_.inner, g, row_of(row),
                               static_cast<Real>(mean.first), static_cast<Real>(mean.second), dx);
}

}  // namespace ek
