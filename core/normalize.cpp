#include "core/normalize.h"

#include <algorithm>
#include <cmath>

#include "core/autograd.h"
#include "core/check.h"
#include "core/elementwise.h"
#include "core/kernels/dispatch.h"
#include "core/matmul.h"
#include "core/parallel.h"
#include "core/reduce.h"
#include "core/reshape.h"

namespace ek {
namespace {

/// Calls body(row) for every row: one feature of one sample, `inner` values that lie together.
template <typename Body>
void for_each_row(const NormView& view, Body body) {
  const std::int64_t grain = std::max<std::int64_t>(1, kElementGrain / std::max<std::int64_t>(view.inner, 1));
  parallel_for(view.samples * view.features, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) body(row);
  });
}

std::size_t index(std::int64_t i) { return static_cast<std::size_t>(i); }

/// Scale per statistic. The mean is kept in two numbers, mean = hi + lo: x - hi is exact where x is near the
/// mean, so
/// ((x - hi) - lo) rstd is right to Real's precision however large the mean is beside the spread.
std::vector<NormScale> scales(const Moments& m, double eps) {
  std::vector<NormScale> all(m.mean.size());
  for (std::size_t k = 0; k < all.size(); ++k) {
    const Real hi = static_cast<Real>(m.mean[k]);
    all[k] = {hi, static_cast<Real>(m.mean[k] - hi), static_cast<Real>(1 / std::sqrt(m.var[k] + eps))};
  }
  return all;
}

Real element(const Tensor& t, std::int64_t i, Real otherwise) { return t ? t.data()[index(i)] : otherwise; }

void check_arguments(const char* op, const Tensor& x, const NormView& view, const Tensor& weight,
                     const Tensor& bias, double eps) {
  check(x.numel() == view.samples * view.features * view.inner, op, ": the view does not fit ", x.shape());
  check(eps > 0, op, ": eps must be positive, got ", eps);
  for (const Tensor& t : {weight, bias})
    check(!t || t.shape() == Shape{view.features}, op, ": expected weight and bias [", view.features,
          "] for input ", x.shape(), ", got ", t ? t.shape() : Shape());
}

/// y = xhat weight + bias, row by row. `constants`: the statistics do not depend on x.
///   g = dy weight      dx = rstd (g - mean(g) - xhat mean(g xhat)); with constants dx = rstd g
///   dweight = sum dy xhat over all rows of the feature, dbias = sum dy
Tensor apply(const char* op, const Tensor& x, const NormView& view, std::vector<NormScale> scale,
             const Tensor& weight, const Tensor& bias, bool constants) {
  Tensor y(x.shape());
  const Real* in = x.data().data();
  Real* out = y.mutable_data().data();
  for_each_row(view, [&](std::int64_t row) {
    const std::int64_t f = row % view.features;
    kernels().normalize(view.inner, in + row * view.inner, scale[index(view.statistic_of(row))],
                        element(weight, f, 1), element(bias, f, 0), out + row * view.inner);
  });
  return record(
      op, y, {x, weight, bias},
      [x = x.detach(), view, scale = std::move(scale), weight = weight ? weight.detach() : weight, constants,
       need_x = x.requires_grad(), need_weight = weight.requires_grad(),
       need_bias = bias.requires_grad()](const Tensor& dy) -> Gradients {
        const Real *xs = x.data().data(), *dys = dy.data().data();
        std::vector<DoubleSums> row_sums(index(view.samples * view.features));  // sum dy, sum dy xhat
        if (!constants || need_weight || need_bias)
          for_each_row(view, [&](std::int64_t row) {
            row_sums[index(row)] =
                kernels().normalize_sums(view.inner, xs + row * view.inner, dys + row * view.inner,
                                         scale[index(view.statistic_of(row))]);
          });
        std::vector<DoubleSums> per_feature(index(view.features)),
            per_statistic(scale.size());  // the latter of g
        for (std::int64_t row = 0; row < view.samples * view.features; ++row) {
          const DoubleSums& s = row_sums[index(row)];
          DoubleSums &feature = per_feature[index(row % view.features)],
                     &mean = per_statistic[index(view.statistic_of(row))];
          const double w = element(weight, row % view.features, 1),
                       share = w / static_cast<double>(view.count());
          feature.first += s.first;
          feature.second += s.second;
          mean.first += share * s.first;
          mean.second += share * s.second;
        }
        Tensor dx, dweight, dbias;
        if (need_x) {
          dx = Tensor(dy.shape());
          Real* dxs = dx.mutable_data().data();
          for_each_row(view, [&](std::int64_t row) {
            const std::int64_t k = view.statistic_of(row), at = row * view.inner;
            const Real w = element(weight, row % view.features, 1);
            if (constants)
              return kernels().scale_shift(view.inner, dys + at, w * scale[index(k)].rstd, 0, dxs + at);
            kernels().normalize_backward(view.inner, xs + at, dys + at, scale[index(k)], w,
                                         static_cast<Real>(per_statistic[index(k)].first),
                                         static_cast<Real>(per_statistic[index(k)].second), dxs + at);
          });
        }
        auto gradient = [&](double DoubleSums::*sum) {
          Tensor g({view.features});
          std::ranges::transform(per_feature, g.mutable_data().begin(),
                                 [=](const DoubleSums& s) { return static_cast<Real>(s.*sum); });
          return g;
        };
        if (need_weight) dweight = gradient(&DoubleSums::second);
        if (need_bias) dbias = gradient(&DoubleSums::first);
        return {dx, dweight, dbias};
      });
}

}  // namespace

NormView NormView::across(const Shape& x) {
  check(x.rank() >= 2, "normalize: expected an input [N, C, ...], got ", x);
  return {x[0], x[1], x.product(2, x.rank()), 0};
}

NormView NormView::within(const Shape& x, std::int64_t groups) {
  NormView view = across(x);
  check(groups > 0 && view.features % groups == 0, "normalize: ", view.features,
        " channels cannot be split into ", groups, " groups; input ", x);
  view.groups = groups;
  return view;
}

// Each row gives its count, mean and sum of squared deviations, around its own first value so that nothing
// cancels; the rows of one statistic are merged in order [Chan1983]:
//   delta = mean_b - mean_a,  mean = mean_a + delta n_b / n,  M2 = M2_a + M2_b + delta^2 n_a n_b / n
Moments moments(const Tensor& x, const NormView& view) {
  const auto statistics = index(view.statistics());
  Moments m{std::vector<double>(statistics), std::vector<double>(statistics)};
  if (x.numel() == 0) return m;
  std::vector<DoubleSums> rows(index(view.samples * view.features));  // mean, M2
  const Real* in = x.data().data();
  const double n = static_cast<double>(view.inner);
  for_each_row(view, [&](std::int64_t row) {
    const Real* values = in + row * view.inner;
    const DoubleSums s = kernels().moments(view.inner, values, values[0]);
    const double shifted = s.first / n, squares = s.second - s.first * shifted;
    rows[index(row)] = {values[0] + shifted, squares < 0 ? 0 : squares};
  });
  std::vector<double> merged(statistics);  // values so far
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const std::size_t k = index(view.statistic_of(static_cast<std::int64_t>(row)));
    const double before = merged[k], delta = rows[row].first - m.mean[k];
    merged[k] += n;
    m.mean[k] = before == 0 ? rows[row].first : m.mean[k] + delta * (n / merged[k]);
    m.var[k] += rows[row].second + (before == 0 ? 0 : delta * delta * (before * n / merged[k]));
  }
  for (std::size_t k = 0; k < statistics; ++k) m.var[k] /= merged[k];
  return m;
}

Tensor normalize(const Tensor& x, const NormView& view, const Tensor& weight, const Tensor& bias, double eps,
                 Moments* stats) {
  check_arguments("normalize", x, view, weight, bias, eps);
  if (view.inner == 1 && view.groups == 0 &&
      view.samples > 1) {  // [N, C]: turned, so that a row has N values
    const Tensor turned = transpose(reshape(x, {view.samples, view.features}));
    const Tensor y = normalize(turned, {1, view.features, view.samples, 0}, weight, bias, eps, stats);
    return reshape(transpose(y), x.shape());
  }
  Moments m = moments(x, view);
  std::vector<NormScale> scale = scales(m, eps);
  if (stats) *stats = std::move(m);
  return apply("normalize", x, view, std::move(scale), weight, bias, false);
}

Tensor normalize_with(const Tensor& x, const NormView& view, const Tensor& mean, const Tensor& var,
                      const Tensor& weight, const Tensor& bias, double eps) {
  check_arguments("normalize", x, view, weight, bias, eps);
  check(view.groups == 0, "normalize: given statistics are per feature");
  for (const Tensor& t : {mean, var})
    check(t.shape() == Shape{view.features}, "normalize: expected statistics [", view.features, "], got ",
          t.shape());
  const Moments m{{mean.data().begin(), mean.data().end()}, {var.data().begin(), var.data().end()}};
  return apply("normalize", x, view, scales(m, eps), weight, bias, true);
}

/// dx = dy weight, dweight = sum over n of dy x, dbias = sum over n of dy
Tensor scale_shift_rows(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  check(x.rank() == 2, "scale_shift_rows: expected [N, D], got ", x.shape());
  const std::int64_t rows = x.dim(0), columns = x.dim(1);
  for (const Tensor& t : {weight, bias})
    check(!t || t.shape() == Shape{columns}, "scale_shift_rows: expected weight and bias [", columns,
          "], got ", t ? t.shape() : Shape());
  auto scaled = [rows, columns](const Tensor& from, const Tensor& w, const Tensor& b) {
    Tensor to(from.shape());
    const Real* in = from.data().data();
    Real* out = to.mutable_data().data();
    parallel_for(rows, 16, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t n = begin; n < end; ++n)
        for (std::int64_t d = 0; d < columns; ++d)
          out[n * columns + d] = in[n * columns + d] * element(w, d, 1) + element(b, d, 0);
    });
    return to;
  };
  return record("scale_shift_rows", scaled(x, weight, bias), {x, weight, bias},
                [scaled, x = weight.requires_grad() ? x.detach() : Tensor(), need_x = x.requires_grad(),
                 weight = weight ? weight.detach() : weight,
                 need_bias = bias.requires_grad()](const Tensor& dy) -> Gradients {
                  return {need_x ? scaled(dy, weight, {}) : Tensor(), x ? sum(dy * x, 0) : Tensor(),
                          need_bias ? sum(dy, 0) : Tensor()};
                });
}

}  // namespace ek
