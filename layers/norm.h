// The four normalization layers. One equation (core/ops/normalize.h), y = (x - mean) / sqrt(var + eps) * weight +
// bias; they differ in which values share a mean and a variance.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/base/norm_view.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/files/state.h"
#include "evenkeel/core/ops/normalize.h"
#include "evenkeel/core/ops/reshape.h"
#include "evenkeel/core/ops/scale_shift_rows.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/layers/layer.h"

namespace ek {

/// What the four share: a weight (start value 1) and a bias (0), or neither.
class NormLayer : public Layer {
 protected:
  NormLayer(const char* name, const Shape& weight_shape, bool affine, double eps);
  static Shape checked_channels(const char* name, std::int64_t channels) {
    check(channels > 0, name, ": the number of channels must be positive, got ", channels);
    return {channels};
  }
  void initialize_own(const InitSource& source) override;
  const char* name_;
  double eps_;
  Tensor weight_, bias_;
};

struct BatchNormOptions {
  double eps = 1e-5;
  /// running = (1 - momentum) running + momentum batch (Keras counts the other way: 0.1 here is 0.9 there).
  /// None: the running statistics are the plain average over all batches so far.
  std::optional<double> momentum = 0.1;
  bool affine = true;  // has weight and bias
  bool track_running_stats =
      true;  // has running statistics; without them inference uses the batch's own
};

/// Batch Normalization [Ioffe2015]: a mean and a variance per channel, over the batch (and the map). Training
/// normalises with the batch's mean and biased variance (Algorithm 1) and moves the running statistics
/// towards the batch's mean and unbiased variance; inference uses the running statistics (Algorithm 2). A
/// batch with a mean or variance that is not finite, or too large for Real, leaves the running statistics as
/// they are. One value per channel in training is an error. Parameters: weight [C] = 1, bias [C] = 0; buffers: running_mean [C] = 0,
/// running_var [C] = 1, num_batches_tracked = 0. Base of BatchNorm1d and BatchNorm2d.
struct BatchNorm : NormLayer {
  Tensor forward(const Tensor& x) override;
  std::string describe() const override;
  /// Sets the running statistics back to their start.
  void reset_running_stats();

 protected:
  /// Takes maps, [N, C, H, W], or [N, C] and [N, C, L].
  BatchNorm(const char* name, bool maps, std::int64_t features, BatchNormOptions options);
  void initialize_own(const InitSource& source) override;

 private:
  bool tracks() const { return bool(running_mean_); }
  void track(const Moments& batch, std::int64_t count);

  bool maps_;
  std::int64_t features_;
  std::optional<double> momentum_;
  Tensor running_mean_, running_var_;
  IntTensor num_batches_tracked_;
};

/// x [N, C] or [N, C, L]
struct BatchNorm1d : BatchNorm {
  explicit BatchNorm1d(std::int64_t features, BatchNormOptions o = {})
      : BatchNorm("BatchNorm1d", false, features, o) {}
};

/// x [N, C, H, W]
struct BatchNorm2d : BatchNorm {
  explicit BatchNorm2d(std::int64_t features, BatchNormOptions o = {})
      : BatchNorm("BatchNorm2d", true, features, o) {}
};

struct NormOptions {
  double eps = 1e-5;
  bool affine = true;
};

/// Group Normalization [Wu2018]: a mean and a variance per sample and group of neighbouring channels, in
/// training and in inference alike. x [N, C, ...]; weight [C], bias [C].
struct GroupNorm : NormLayer {
  const std::int64_t num_groups, num_channels;
  GroupNorm(std::int64_t groups, std::int64_t channels, NormOptions options = {})
      : NormLayer("GroupNorm", checked_channels("GroupNorm", channels), options.affine,
                  options.eps),
        num_groups(groups),
        num_channels(channels) {
    check(groups > 0 && channels % groups == 0, "GroupNorm: ", channels,
          " channels cannot be split into ", groups, " groups");
  }
  Tensor forward(const Tensor& x) override {
    check(x.rank() >= 2 && x.dim(1) == num_channels, "expected an input [N, ", num_channels,
          ", ...], got ", x.shape());
    return normalize(x, NormView::within(x.shape(), num_groups), weight_, bias_, eps_);
  }
  std::string describe() const override {
    return text("GroupNorm(", num_groups, ", ", num_channels, ", eps=", eps_,
                weight_ ? "" : ", affine=False", ")");
  }
};

/// Layer Normalization [Ba2016]: a mean and a variance per sample over the last axes, whose sizes are
/// `normalized_shape`; weight and bias have that shape.
struct LayerNorm : NormLayer {
  const Shape normalized_shape;
  explicit LayerNorm(const Shape& shape, NormOptions options = {})
      : NormLayer("LayerNorm", shape, options.affine, options.eps), normalized_shape(shape) {
    check(shape.rank() > 0 && shape.numel() > 0,
          "LayerNorm: expected sizes to normalise over, got ", shape);
  }
  explicit LayerNorm(std::int64_t features, NormOptions options = {})
      : LayerNorm(Shape{features}, options) {}
  Tensor forward(const Tensor& x) override {
    const auto sizes = x.shape().sizes(), own = normalized_shape.sizes();
    check(sizes.size() >= own.size() && std::ranges::equal(sizes.last(own.size()), own),
          "expected an input [..., ", normalized_shape, "], got ", x.shape());
    const std::int64_t features = normalized_shape.numel(), samples = x.numel() / features;
    const Tensor rows = reshape(x, {samples, features});
    const Tensor xhat = normalize(rows, {1, samples, features, 0}, {}, {}, eps_);
    if (!weight_) return reshape(xhat, x.shape());
    return reshape(scale_shift_rows(xhat, reshape(weight_, {features}), reshape(bias_, {features})),
                   x.shape());
  }
  std::string describe() const override {
    return text("LayerNorm(", normalized_shape, ", eps=", eps_,
                weight_ ? "" : ", elementwise_affine=False", ")");
  }
};

struct InstanceNormOptions {
  double eps = 1e-5;
  bool affine = false;  // as in PyTorch
};

/// Instance Normalization [Ulyanov2016]: a mean and a variance per sample and channel, in training and in
/// inference alike. One value per channel is an error in training. Base of InstanceNorm1d and InstanceNorm2d.
struct InstanceNorm : NormLayer {
  Tensor forward(const Tensor& x) override {
    check(x.rank() == (maps_ ? 4 : 3) && x.dim(1) == channels_, "expected an input [N, ", channels_,
          maps_ ? ", H, W], got " : ", L], got ", x.shape());
    const NormView view = NormView::within(x.shape(), channels_);
    check(!training() || view.inner > 0, "no value per channel of a sample in input ", x.shape(),
          ", expected two or more in training");
    check(!training() || view.inner > 1, "one value per channel of a sample in input ", x.shape(),
          ", and its own mean would be all that is left of it; use LayerNorm or GroupNorm, or call "
          "eval()");
    return normalize(x, view, weight_, bias_, eps_);
  }
  std::string describe() const override {
    return text(name_, "(", channels_, ", eps=", eps_, weight_ ? ", affine=True" : "", ")");
  }

 protected:
  /// Takes maps, [N, C, H, W], or [N, C, L].
  InstanceNorm(const char* name, bool maps, std::int64_t channels, InstanceNormOptions o)
      : NormLayer(name, checked_channels(name, channels), o.affine, o.eps),
        maps_(maps),
        channels_(channels) {}

 private:
  bool maps_;
  std::int64_t channels_;
};

/// x [N, C, L]
struct InstanceNorm1d : InstanceNorm {
  explicit InstanceNorm1d(std::int64_t channels, InstanceNormOptions o = {})
      : InstanceNorm("InstanceNorm1d", false, channels, o) {}
};

/// x [N, C, H, W]
struct InstanceNorm2d : InstanceNorm {
  explicit InstanceNorm2d(std::int64_t channels, InstanceNormOptions o = {})
      : InstanceNorm("InstanceNorm2d", true, channels, o) {}
};

}  // namespace ek
