#include "evenkeel/layers/norm.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/base/norm_view.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/tensor/tensor.h"

namespace ek {

NormLayer::NormLayer(const char* name, const Shape& weight_shape, bool affine, double eps)
    : name_(name), eps_(eps) {
  if (!affine) return;
  weight_ = parameter("weight", Tensor::full(weight_shape, 1));
  bias_ = parameter("bias", Tensor::zeros(weight_shape));
}

void NormLayer::initialize_own(const InitSource&) {
  if (!weight_) return;
  weight_.fill(1);
  bias_.fill(0);
}

BatchNorm::BatchNorm(const char* name, bool maps, std::int64_t features, BatchNormOptions options)
    : NormLayer(name, checked_channels(name, features), options.affine, options.eps),
      maps_(maps),
      features_(features),
      momentum_(options.momentum) {
  check(eps_ > 0, name_, ": eps must be positive, got ", eps_);
  check(!momentum_ || (*momentum_ >= 0 && *momentum_ <= 1), name_,
        ": momentum must lie in [0, 1], got ", momentum_.value_or(0));
  if (!options.track_running_stats) return;
  running_mean_ = buffer("running_mean", Tensor::zeros({features}));
  running_var_ = buffer("running_var", Tensor::full({features}, 1));
  num_batches_tracked_ = counter("num_batches_tracked");
}

Tensor BatchNorm::forward(const Tensor& x) {
  const bool right_rank = maps_ ? x.rank() == 4 : x.rank() == 2 || x.rank() == 3;
  check(right_rank && x.dim(1) == features_, "expected an input [N, ", features_,
        maps_ ? ", H, W]" : text("] or [N, ", features_, ", L]"), ", got ", x.shape());
  const NormView view = NormView::across(x.shape());
  if (!training() && tracks())
    return normalize_with(x, view, running_mean_, running_var_, weight_, bias_, eps_);
  check(view.count() > 0, "no value per channel in input ", x.shape(),
        ", expected two or more in training");
  check(view.count() > 1, "one value per channel in input ", x.shape(),
        ", and its own mean would be all that is left of it; take a larger batch, drop the last "
        "partial batch, ",
        "use GroupNorm or LayerNorm", tracks() ? ", or call eval()" : "");
  Moments batch;
  Tensor y = normalize(x, view, weight_, bias_, eps_, &batch);
  if (training() && tracks()) track(batch, view.count());
  return y;
}

// running = (1 - m) running + m batch, with the unbiased variance; m = 1 / (number of batches) where momentum
// is none.
void BatchNorm::track(const Moments& batch, std::int64_t count) {
  const double unbiased = static_cast<double>(count) / static_cast<double>(count - 1);
  auto fit = [](const std::vector<double>& values,
                double factor) {  // into Real, where they are to be kept
    constexpr double kLargest = std::numeric_limits<Real>::max();
    return std::ranges::all_of(values,
                               [=](double value) { return std::abs(factor * value) <= kLargest; });
  };
  if (!fit(batch.mean, 1) || !fit(batch.var, unbiased)) return;
  const std::int64_t batches = ++num_batches_tracked_.mutable_data()[0];
  const double m = momentum_ ? *momentum_ : 1.0 / static_cast<double>(batches);
  auto move = [m](Tensor& running, const std::vector<double>& values, double factor) {
    const auto r = running.mutable_data();
    for (std::size_t c = 0; c < r.size(); ++c)
      r[c] = static_cast<Real>((1 - m) * r[c] + m * factor * values[c]);
  };
  move(running_mean_, batch.mean, 1);
  move(running_var_, batch.var, unbiased);
}

void BatchNorm::reset_running_stats() {
  if (!tracks()) return;
  running_mean_.fill(0);
  running_var_.fill(1);
  num_batches_tracked_.mutable_data()[0] = 0;
}

void BatchNorm::initialize_own(const InitSource& source) {
  NormLayer::initialize_own(source);
  reset_running_stats();
}

std::string BatchNorm::describe() const {
  return text(name_, "(", features_, ", eps=", eps_,
              ", momentum=", momentum_ ? text(*momentum_) : "None", weight_ ? "" : ", affine=False",
              tracks() ? "" : ", track_running_stats=False", ")");
}

}  // namespace ek
