#include "apps/convnet/layer_values.h"

#include <algorithm>
#include <cstddef>
#include <span>

#include "evenkeel/core/base/real.h"
#include "evenkeel/core/ops/loss.h"
#include "evenkeel/core/tensor/autograd.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/layers/norm.h"

namespace ek {
namespace {

constexpr std::size_t kValues = 100000;  // of a tensor

/// The step is odd, so that it meets every column of maps whose width is a power of two.
std::vector<double> sampled(std::span<const Real> values) {
  const std::size_t step = values.size() <= kValues ? 1 : values.size() / kValues | 1;
  std::vector<double> some;
  for (std::size_t i = 0; i < values.size(); i += step)
    some.push_back(static_cast<double>(values[i]));
  return some;
}

/// The layer's own weight, if that is a matrix or kernels; an empty tensor if not.
Tensor weight_of(const Layer& layer) {
  if (!layer.children().empty()) return {};
  for (const auto& [name, parameter] : layer.named_parameters())
    if (name == "weight" && parameter.shape().rank() >= 2) return parameter;
  return {};
}

struct Watched {
  LayerValues values;
  Tensor weight;
};

/// A norm's output takes the place of that of the layer before it: it is what goes on.
std::vector<Watched> watch_activations(Layer& model, const Tensor& images) {
  std::vector<Watched> all;
  const EvalMode eval_mode(model);
  const NoGrad no_grad;
  const ForwardObserver observer(
      [&](const std::string& path, const Layer& layer, const Tensor&, const Tensor& y) {
        if (const Tensor weight = weight_of(layer))
          all.push_back({{path, sampled(y.data()), {}}, weight});
        else if (!all.empty() && dynamic_cast<const NormLayer*>(&layer))
          all.back().values.activations = sampled(y.data());
      });
  model(images);
  return all;
}

}  // namespace

std::vector<LayerValues> measure_layers(Layer& model, const Batch& test, const Batch& train,
                                        double label_smoothing, std::size_t most) {
  const std::vector<Watched> all = watch_activations(model, test.images);
  model.train();
  model.zero_grad();
  cross_entropy(model(train.images), train.labels, {.label_smoothing = label_smoothing}).backward();
  std::vector<LayerValues> layers;
  const std::size_t count = std::min(most, all.size());
  for (std::size_t i = 0; i < count; ++i) {
    const Watched& one = all[count == 1 ? 0 : i * (all.size() - 1) / (count - 1)];
    layers.push_back(one.values);
    layers.back().gradients = sampled(one.weight.grad().data());
  }
  return layers;
}

}  // namespace ek
