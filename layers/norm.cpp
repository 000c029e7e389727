#include "layers/norm.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/check.h"
#include "core/reshape.h"

namespace ek {
namespace {

void fill(Tensor& t, Real value) {
  if (t) std::ranges::fill(t.mutable_data(), value);
}

void check_features(const char* name, std::int64_t features) {
  check(features > 0, name, ": the number of channels must be positive, got ", features);
}

}  // namespace

void NormLayer::make_affine(const Shape& shape) {
  weight_ = parameter("weight", Tensor::full(shape, 1));
  bias_ = parameter("bias", Tensor::zeros(shape));
}

void NormLayer::initialize_own(const InitSource&) {
  fill(weight_, 1);
  fill(bias_, 0);
}

// ---- BatchNorm ----------------------------------------------------------------------------------

BatchNorm::BatchNorm(const char* name, std::int64_t features, BatchNormOptions options)
    : name_(name), features_(features), options_(options) {
  check_features(name, features);
  check(options.eps > 0, name, ": eps must be positive, got ", options.eps);
  check(!options.momentum || (*options.momentum >= 0 && *options.momentum <= 1), name,
        ": momentum must lie in [0, 1], got ", options.momentum.value_or(0));
  if (options.affine) make_affine({features});
  if (options.track_running_stats) {
    running_mean_ = buffer("running_mean", Tensor::zeros({features}));
    running_var_ = buffer("running_var", Tensor::full({features}, 1));
    num_batches_tracked_ = counter("num_batches_tracked");
  }
}

Tensor BatchNorm::forward(const Tensor& x) {
  check_input(x.shape());
  const NormView view = NormView::across(x.shape());
  if (!training() && options_.track_running_stats)
    return normalize_with(x, view, running_mean_, running_var_, weight_, bias_, options_.eps);
  check(view.count() > 0, "no value per channel in input ", x.shape(), ", expected two or more in training");
  check(view.count() > 1, "one value per channel in input ", x.shape(),
        ", and its own mean would be all that is left of it; take a larger batch, drop the last partial "
        "batch, use "
        "GroupNorm or LayerNorm",
        options_.track_running_stats ? ", or call eval()" : "");
  Moments batch;
  Tensor y = normalize(x, view, weight_, bias_, options_.eps, &batch);
  if (training() && options_.track_running_stats) track(batch, view.count());
  return y;
}

// running = (1 - m) running + m batch, with the unbiased variance; m = 1 / (number of batches) where momentum
// is none.
void BatchNorm::track(const Moments& batch, std::int64_t count) {
  const double unbiased = static_cast<double>(count) / static_cast<double>(count - 1);
  auto fit = [](const std::vector<double>& values, double factor) {  // into Real, where they are to be kept
    constexpr double kLargest = std::numeric_limits<Real>::max();
    return std::ranges::all_of(values, [=](double value) { return std::abs(factor * value) <= kLargest; });
  };
  if (!fit(batch.mean, 1) || !fit(batch.var, unbiased)) return;
  const std::int64_t batches = ++num_batches_tracked_.mutable_data()[0];
  const double m = options_.momentum ? *options_.momentum : 1.0 / static_cast<double>(batches);
  auto move = [m](Tensor& running, const std::vector<double>& values, double factor) {
    const auto r = running.mutable_data();
    for (std::size_t c = 0; c < r.size(); ++c) r[c] = static_cast<Real>((1 - m) * r[c] + m * factor * values[c]);
  };
  move(running_mean_, batch.mean, 1);
  move(running_var_, batch.var, unbiased);
}

void BatchNorm::reset_running_stats() {
  if (!options_.track_running_stats) return;
  fill(running_mean_, 0);
  fill(running_var_, 1);
  num_batches_tracked_.mutable_data()[0] = 0;
}

void BatchNorm::initialize_own(const InitSource& source) {
  NormLayer::initialize_own(source);
  reset_running_stats();
}

std::string BatchNorm::describe() const {
  std::string s = text(name_, "(", features_, ", eps=", options_.eps, ", momentum=");
  s += options_.momentum ? text(*options_.momentum) : "None";
  if (!options_.affine) s += ", affine=False";
  if (!options_.track_running_stats) s += ", track_running_stats=False";
  return s + ")";
}

void BatchNorm1d::check_input(const Shape& x) const {
  check((x.rank() == 2 || x.rank() == 3) && x[1] == features(), "expected an input [N, ", features(), "] or [N, ",
        features(), ", L], got ", x);
}

void BatchNorm2d::check_input(const Shape& x) const {
  check(x.rank() == 4 && x[1] == features(), "expected an input [N, ", features(), ", H, W], got ", x);
}

// ---- GroupNorm ----------------------------------------------------------------------------------

GroupNorm::GroupNorm(std::int64_t groups, std::int64_t channels, NormOptions options)
    : groups_(groups), channels_(channels), options_(options) {
  check_features("GroupNorm", channels);
  check(groups > 0 && channels % groups == 0, "GroupNorm: ", channels, " channels cannot be split into ", groups,
        " groups");
  if (options.affine) make_affine({channels});
}

Tensor GroupNorm::forward(const Tensor& x) {
  check(x.rank() >= 2 && x.dim(1) == channels_, "expected an input [N, ", channels_, ", ...], got ", x.shape());
  return normalize(x, NormView::within(x.shape(), groups_), weight_, bias_, options_.eps);
}

std::string GroupNorm::describe() const {
  return text("GroupNorm(", groups_, ", ", channels_, ", eps=", options_.eps, options_.affine ? "" : ", affine=False",
              ")");
}

// ---- LayerNorm ----------------------------------------------------------------------------------

LayerNorm::LayerNorm(Shape normalized_shape, NormOptions options) : shape_(normalized_shape), options_(options) {
  check(shape_.rank() > 0 && shape_.numel() > 0, "LayerNorm: expected sizes to normalise over, got ", shape_);
  if (options.affine) make_affine(shape_);
}

Tensor LayerNorm::forward(const Tensor& x) {
  const auto sizes = x.shape().sizes(), own = shape_.sizes();
  check(sizes.size() >= own.size() && std::ranges::equal(sizes.last(own.size()), own), "expected an input [..., ",
        shape_, "], got ", x.shape());
  const std::int64_t features = shape_.numel(), samples = x.numel() / features;
  const Tensor rows = reshape(x, {samples, features});
  const Tensor xhat = normalize(rows, {1, samples, features, 0}, {}, {}, options_.eps);
  if (!options_.affine) return reshape(xhat, x.shape());
  return reshape(scale_shift_rows(xhat, reshape(weight_, {features}), reshape(bias_, {features})), x.shape());
}

std::string LayerNorm::describe() const {
  return text("LayerNorm(", shape_, ", eps=", options_.eps, options_.affine ? "" : ", elementwise_affine=False", ")");
}

// ---- InstanceNorm -------------------------------------------------------------------------------

InstanceNorm::InstanceNorm(const char* name, int rank, std::int64_t channels, InstanceNormOptions options)
    : name_(name), rank_(rank), channels_(channels), options_(options) {
  check_features(name, channels);
  if (options.affine) make_affine({channels});
}

Tensor InstanceNorm::forward(const Tensor& x) {
  check(x.rank() == rank_ && x.dim(1) == channels_, "expected an input [N, ", channels_,
        rank_ == 4 ? ", H, W], got " : ", L], got ", x.shape());
  const NormView view = NormView::within(x.shape(), channels_);
  check(!training() || view.inner > 0, "no value per channel of a sample in input ", x.shape(),
        ", expected two or more in training");
  check(!training() || view.inner > 1, "one value per channel of a sample in input ", x.shape(),
        ", and its own mean would be all that is left of it; use LayerNorm or GroupNorm, or call eval()");
  return normalize(x, view, weight_, bias_, options_.eps);
}

std::string InstanceNorm::describe() const {
  return text(name_, "(", channels_, ", eps=", options_.eps, options_.affine ? ", affine=True" : "", ")");
}

}  // namespace ek
