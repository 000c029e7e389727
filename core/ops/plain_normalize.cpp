#include "evenkeel/core/ops/plain_normalize.h"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "evenkeel/core/base/real.h"
#include "evenkeel/core/tensor/autograd.h"

namespace ek {
namespace {

using Sums = std::vector<double>;

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

/// Which feature value i of x belongs to, and which mean and variance.
std::size_t feature_of(const NormView& view, std::size_t i) {
  return i / at(view.inner) % at(view.features);
}
std::size_t statistic_of(const NormView& view, std::size_t i) {
  return at(view.statistic_of(static_cast<std::int64_t>(i) / view.inner));
}

double value_or(const Tensor& t, std::size_t feature, double otherwise) {
  return t ? double{t.data()[feature]} : otherwise;
}

/// [features], from sums in double.
Tensor rounded(const Sums& sums) {
  Tensor t({static_cast<std::int64_t>(sums.size())});
  for (std::size_t k = 0; k < sums.size(); ++k) t.mutable_data()[k] = static_cast<Real>(sums[k]);
  return t;
}

Gradients gradients(const Tensor& x, const NormView& view, const Moments& m, bool are_constant,
                    const Tensor& weight, const Tensor& bias, double eps, const Tensor& dy) {
  const std::span<const Real> xs = x.data(), g = dy.data();
  const auto k = [&](std::size_t i) { return statistic_of(view, i); };
  const auto rstd = [&](std::size_t i) { return 1 / std::sqrt(m.var[k(i)] + eps); };
  const auto xhat = [&](std::size_t i) { return (xs[i] - m.mean[k(i)]) * rstd(i); };
  const auto gw = [&](std::size_t i) { return g[i] * value_or(weight, feature_of(view, i), 1); };

  Sums dweight(at(view.features)), dbias(at(view.features));
  Sums mean_g(m.mean.size()), mean_gx(m.mean.size());  // zero for constant moments
  const double n = static_cast<double>(view.count());
  for (std::size_t i = 0; i < xs.size(); ++i) {
    dweight[feature_of(view, i)] += g[i] * xhat(i);
    dbias[feature_of(view, i)] += g[i];
    mean_g[k(i)] += are_constant ? 0 : gw(i) / n;
    mean_gx[k(i)] += are_constant ? 0 : gw(i) * xhat(i) / n;
  }
  Tensor dx(x.shape());
  const std::span<Real> to = dx.mutable_data();
  for (std::size_t i = 0; i < xs.size(); ++i) {
    to[i] = static_cast<Real>(rstd(i) * (gw(i) - mean_g[k(i)] - xhat(i) * mean_gx[k(i)]));
  }
  return {dx, weight ? rounded(dweight) : Tensor(), bias ? rounded(dbias) : Tensor()};
}

}  // namespace

Moments plain_moments(const Tensor& x, const NormView& view) {
  Moments m = {Sums(at(view.statistics())), Sums(at(view.statistics()))};
  const std::span<const Real> xs = x.data();
  const double n = static_cast<double>(view.count());
  Sums first(
      m.mean
          .size());  // the first value of each: sums around it lose nothing where the mean is large
  for (std::size_t i = xs.size(); i-- > 0;) first[statistic_of(view, i)] = xs[i];
  m.mean = first;
  for (std::size_t i = 0; i < xs.size(); ++i) {
    const std::size_t k = statistic_of(view, i);
    m.mean[k] += (xs[i] - first[k]) / n;
  }
  for (std::size_t i = 0; i < xs.size(); ++i) {
    const double distance = xs[i] - m.mean[statistic_of(view, i)];
    m.var[statistic_of(view, i)] += distance * distance / n;
  }
  return m;
}

Tensor plain_normalize(const Tensor& x, const NormView& view, const Moments& moments,
                       bool are_constant, const Tensor& weight, const Tensor& bias, double eps) {
  Tensor y(x.shape());
  const std::span<const Real> xs = x.data();
  const std::span<Real> to = y.mutable_data();
  for (std::size_t i = 0; i < xs.size(); ++i) {
    const std::size_t k = statistic_of(view, i), feature = feature_of(view, i);
    const double xhat = (xs[i] - moments.mean[k]) / std::sqrt(moments.var[k] + eps);
    to[i] = static_cast<Real>(xhat * value_or(weight, feature, 1) + value_or(bias, feature, 0));
  }
  return record(
      "normalize", y, {x, weight, bias},
      [x = x.detach(), view, moments, are_constant, weight = weight ? weight.detach() : weight,
       bias = bias ? bias.detach() : bias, eps](const Tensor& dy) {
        return gradients(x, view, moments, are_constant, weight, bias, eps, dy);
      });
}

}  // namespace ek
