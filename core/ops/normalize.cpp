#include "evenkeel/core/ops/normalize.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <memory>
#include <utility>

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/base/checked.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/fast/row_moments.h"
#include "evenkeel/core/kernels/kernels.h"
#include "evenkeel/core/lazy/deferred.h"
#include "evenkeel/core/machine/parallel.h"
#include "evenkeel/core/machine/profile.h"
#include "evenkeel/core/ops/elementwise.h"
#include "evenkeel/core/ops/matmul.h"
#include "evenkeel/core/ops/reduce.h"
#include "evenkeel/core/ops/reshape.h"
#include "evenkeel/core/tensor/autograd.h"
#include "evenkeel/core/tensor/op.h"

namespace ek {
namespace {

/// Calls body(row) for every row: one feature of one sample, `inner` values that lie together.
void for_each_row(const NormView& view, auto body) {
  const std::int64_t grain =
      std::max<std::int64_t>(1, kElementGrain / std::max<std::int64_t>(view.inner, 1));
  parallel_each(view.samples * view.features, grain, body);
}

std::size_t index(std::int64_t i) { return static_cast<std::size_t>(i); }

Real element(const Tensor& t, std::int64_t i, Real otherwise) {
  return t ? t.data()[index(i)] : otherwise;
}

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

/// One normalization: y = xhat weight + bias + residual (if there is one) and, with relu, max(y, 0).
///   g = dy where relu lets it through, which is the residual's gradient too
///   dweight = sum g xhat over all rows of the feature, dbias = sum g
///   dx = rstd (g weight - mean(g weight) - xhat mean(g weight xhat));  constant statistics: dx = rstd g weight
struct Normalization {
  NormView view;
  std::vector<NormRow> rows;  // one per feature of each statistic that it belongs to: see row_of
  bool constants, relu;
  Tensor residual;  // x's shape, or empty

  Normalization(const NormView& v, const Moments& m, const Tensor& weight, const Tensor& bias,
                double eps, bool constant_statistics)
      : view(v), constants(constant_statistics), relu(false) {
    const std::int64_t distinct = v.groups == 0 ? v.features : v.samples * v.features;
    for (std::int64_t row = 0; row < distinct; ++row) {
      const std::size_t k = index(v.statistic_of(row));
      // The mean is kept in two numbers, mean = hi + lo: x - hi is exact where x is near the mean, so
      // ((x - hi) - lo) rstd is right to Real's precision however large the mean is beside the spread.
      const Real hi = static_cast<Real>(m.mean[k]);
      rows.push_back(
          {hi, static_cast<Real>(m.mean[k] - hi), static_cast<Real>(1 / std::sqrt(m.var[k] + eps)),
           element(weight, row % v.features, 1), element(bias, row % v.features, 0), false});
    }
  }

  /// Where a residual comes before relu, the row alone has none.
  NormRow row_of(std::int64_t row) const { return with_relu(row, relu && !residual); }
  NormRow with_relu(std::int64_t row, bool on) const {
    NormRow r = rows[index(row) % rows.size()];
    r.relu = on;
    return r;
  }

  const char* name() const {
    if (residual) return relu ? "normalize+add+relu" : "normalize+add";
    return relu ? "normalize+relu" : "normalize";
  }

  void forward(const Tensor& x, Tensor& y) const {
    const ProfileScope scope(name(), y.shape(), (residual ? 3 : 2) * y.numel());
    const Real* in = x.data().data();
    Real* out = y.mutable_data().data();
    const Real* added = residual ? residual.data().data() : nullptr;
    for_each_row(view, [&](std::int64_t row) {
      const std::int64_t at = row * view.inner;
      kernels().normalize(view.inner, in + at, with_relu(row, relu), added ? added + at : nullptr,
                          out + at);
    });
  }

  /// For x, weight, bias and the residual.
  Gradients backward(const Tensor& x, const Tensor& dy, bool need_x, bool need_weight,
                     bool need_bias) const {
    std::vector<DoubleSums> feature(index(view.features));   // sum g, sum g xhat
    std::vector<DoubleSums> mean(index(view.statistics()));  // of g weight and g weight xhat
    Tensor masked = relu && residual ? in_place_of(dy) : Tensor();
    if (!constants || need_weight || need_bias || masked) {
      const std::vector<DoubleSums> sums = row_sums(x, dy, masked);
      for (std::int64_t row = 0; row < view.samples * view.features; ++row) {
        const DoubleSums& s = sums[index(row)];
        DoubleSums &f = feature[index(row % view.features)],
                   &m = mean[index(view.statistic_of(row))];
        const double share = row_of(row).weight / static_cast<double>(view.count());
        f = {f.first + s.first, f.second + s.second};
        if (!constants) m = {m.first + share * s.first, m.second + share * s.second};
      }
    }
    auto parameter = [&](double DoubleSums::*sum) {
      Tensor values({view.features});
      std::ranges::transform(feature, values.mutable_data().begin(),
                             [=](const DoubleSums& s) { return static_cast<Real>(s.*sum); });
      return values;
    };
    const Tensor& g = masked ? masked : dy;
    return {need_x ? input_gradient(x, g, mean) : Tensor(),
            need_weight ? parameter(&DoubleSums::second) : Tensor(),
            need_bias ? parameter(&DoubleSums::first) : Tensor(), residual ? g : Tensor()};
  }

 private:
  /// sum g, sum g xhat of every row; g is written to `masked`, where there is such a tensor.
  std::vector<DoubleSums> row_sums(const Tensor& x, const Tensor& dy, Tensor& masked) const {
    std::vector<DoubleSums> sums(index(view.samples * view.features));
    profile_count(0, (masked ? 4 : 2) * x.numel());
    const Real *xs = x.data().data(), *dys = dy.data().data();
    Real* gs = masked ? masked.mutable_data().data() : nullptr;
    const Real* added = masked ? residual.data().data() : nullptr;
    for_each_row(view, [&](std::int64_t row) {
      const std::int64_t at = row * view.inner;
      if (gs)
        kernels().normalize_mask(view.inner, xs + at, row_of(row), added + at, dys + at, gs + at);
      sums[index(row)] =
          kernels().normalize_sums(view.inner, xs + at, (gs ? gs : dys) + at, row_of(row));
    });
    return sums;
  }

  /// With constant statistics, the means are zero and drop out. Deferred: an op that needs it once takes it by samples.
  Tensor input_gradient(const Tensor& x, const Tensor& g,
                        const std::vector<DoubleSums>& mean) const {
    const auto held = std::make_shared<const Tensor>(g);  // by both functions, as one handle
    auto write = [pass = *this, x, mean](std::int64_t row, const Real* gs, Real* dx) {
      const DoubleSums& m = mean[index(pass.view.statistic_of(row))];
      kernels().normalize_backward(pass.view.inner, x.data().data() + row * pass.view.inner, gs,
                                   pass.row_of(row), static_cast<Real>(m.first),
                                   static_cast<Real>(m.second), dx);
    };
    Deferred how;
    if (view.samples == x.dim(0))
      how.samples = [v = view, held, write](std::int64_t first, std::int64_t count, Real* dx) {
        for (std::int64_t i = 0; i < count * v.features; ++i)
          write(first * v.features + i, held->data().data() + (first * v.features + i) * v.inner,
                dx + i * v.inner);
      };
    how.compute = [name = name(), v = view, held, write](Tensor& dx) {
      const ProfileScope scope(name, dx.shape(), 3 * dx.numel(), Pass::backward);
      dx = in_place_of(*held);
      const Real* from = held->data().data();
      Real* to = dx.mutable_data().data();
      for_each_row(v,
                   [&](std::int64_t row) { write(row, from + row * v.inner, to + row * v.inner); });
    };
    return defer(x.shape(), {x, g}, std::move(how));
  }
};

/// The op. Its result is deferred: a relu or an addition behind it becomes part of it, which saves passes over the maps.
Tensor apply(const Tensor& x, Normalization pass, const Tensor& weight, const Tensor& bias) {
  const auto shared = std::make_shared<const Normalization>(std::move(pass));
  const auto with = [x, weight, bias, shared](bool relu, const Tensor& residual) {
    Normalization more = *shared;
    more.relu = relu;
    more.residual = residual;
    return apply(x, std::move(more), weight, bias);
  };
  Deferred how = {.compute = [x = x.detach(), shared](Tensor& out) { shared->forward(x, out); },
                  .relu = [with, shared] { return with(true, shared->residual); }};
  if (!shared->relu && !shared->residual)
    how.add = [with](const Tensor& other) { return with(false, other); };
  Tensor y = defer(x.shape(), {x, shared->residual}, std::move(how));
  return record(
      shared->name(), y, {x, weight, bias, shared->residual},
      [x = x.detach(), shared, need_x = x.requires_grad(), need_weight = weight.requires_grad(),
       need_bias = bias.requires_grad()](const Tensor& dy) {
        return shared->backward(x, dy, need_x, need_weight, need_bias);
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

// The rows of one statistic, some of which may be known from x's own op, are merged in order [Chan1983]:
//   delta = mean_b - mean_a,  mean = mean_a + delta n_b / n,  M2 = M2_a + M2_b + delta^2 n_a n_b / n
Moments moments(const Tensor& x, const NormView& view) {
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
  if (view.inner == 1 && view.groups == 0 &&
      view.samples > 1) {  // [N, C]: turned, so that a row has N values
    const Tensor turned = transpose(reshape(x, {view.samples, view.features}));
    const Tensor y =
        normalize(turned, {1, view.features, view.samples, 0}, weight, bias, eps, stats);
    return reshape(transpose(y), x.shape());
  }
  Moments m = moments(x, view);
  Normalization pass(view, m, weight, bias, eps, false);
  if (stats) *stats = std::move(m);
  return apply(x, std::move(pass), weight, bias);
}

Tensor normalize_with(const Tensor& x, const NormView& view, const Tensor& mean, const Tensor& var,
                      const Tensor& weight, const Tensor& bias, double eps) {
  check_arguments("normalize", x, view, weight, bias, eps);
  check(view.groups == 0, "normalize: given statistics are per feature");
  for (const Tensor& t : {mean, var})
    check(t.shape() == Shape{view.features}, "normalize: expected statistics [", view.features,
          "], got ", t.shape());
  const bool history =
      grad_enabled() && (x.requires_grad() || weight.requires_grad() || bias.requires_grad());
  if (!history) {
    Tensor scale({view.features}), shift({view.features});  // y = scale x + shift
    for (std::int64_t c = 0; c < view.features; ++c) {
      const double factor = element(weight, c, 1) / std::sqrt(double{element(var, c, 0)} + eps);
      scale.mutable_data()[index(c)] = static_cast<Real>(factor);
      shift.mutable_data()[index(c)] =
          static_cast<Real>(element(bias, c, 0) - element(mean, c, 0) * factor);
    }
    if (Tensor folded = fused_scale_shift(x, scale, shift)) return folded;
  }
  const Moments m{{mean.data().begin(), mean.data().end()}, {var.data().begin(), var.data().end()}};
  return apply(x, Normalization(view, m, weight, bias, eps, true), weight, bias);
}

/// dx = dy weight, dweight = sum over n of dy x, dbias = sum over n of dy
Tensor scale_shift_rows(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  check(x.rank() == 2, "scale_shift_rows: expected [N, D], got ", x.shape());
  const std::int64_t rows = x.dim(0), columns = x.dim(1);
  for (const Tensor& t : {weight, bias})
    check(!t || t.shape() == Shape{columns}, "scale_shift_rows: expected weight and bias [",
          columns, "], got ", t ? t.shape() : Shape());
  const ProfileScope scope("scale_shift_rows", x.shape());
  auto scaled = [rows, columns](const Tensor& from, const Tensor& w, const Tensor& b) {
    Tensor to(from.shape());
    profile_count(0, 2 * to.numel());
    const Real* in = from.data().data();
    Real* out = to.mutable_data().data();
    parallel_each(rows, 16, [&](std::int64_t n) {
      for (std::int64_t d = 0; d < columns; ++d)
        out[n * columns + d] = in[n * columns + d] * element(w, d, 1) + element(b, d, 0);
    });
    return to;
  };
  return record("scale_shift_rows", scaled(x, weight, bias), {x, weight, bias},
                [scaled, x = saved_for(weight, x), need_x = x.requires_grad(),
                 weight = weight ? weight.detach() : weight,
                 need_bias = bias.requires_grad()](const Tensor& dy) -> Gradients {
                  return {need_x ? scaled(dy, weight, {}) : Tensor(), x ? sum(dy * x, 0) : Tensor(),
                          need_bias ? sum(dy, 0) : Tensor()};
                });
}

}  // namespace ek
