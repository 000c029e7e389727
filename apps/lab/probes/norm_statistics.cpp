#include "apps/lab/probes/norm_statistics.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "apps/training/keep_state.h"
#include "apps/training/run_data.h"
#include "apps/training/trainer.h"
#include "evenkeel/core/base/norm_view.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/files/state.h"
#include "evenkeel/core/tensor/autograd.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/data/loader.h"
#include "evenkeel/layers/layer.h"
#include "evenkeel/layers/norm.h"

namespace ek {
namespace {

void train_norms(Layer& layer) {
  if (dynamic_cast<BatchNorm*>(&layer)) layer.train();
  for (const auto& [name, child] : layer.children()) train_norms(*child);
}

void write(const Layer& model, const std::string& name, const std::vector<double>& values) {
  const StateDict state = model.state_dict();
  const auto* found = state.find(name);
  if (!found) return;  // a norm that tracks nothing
  Tensor tensor = std::get<Tensor>(*found);
  std::ranges::transform(values, tensor.mutable_data().begin(),
                         [](double v) { return static_cast<Real>(v); });
}

}  // namespace

std::map<std::string, std::vector<BatchMoments>> norm_inputs(Layer& model, const DataLoader& loader,
                                                             NormMode mode, std::int64_t at_most) {
  std::map<std::string, std::vector<BatchMoments>> inputs;
  const NoGrad no_grad;
  const KeepState keep(model);
  const EvalMode modes(model);
  if (mode == NormMode::training) train_norms(model);
  const ForwardObserver watch(
      [&](const std::string& path, const Layer& layer, const Tensor& x, const Tensor&) {
        if (!dynamic_cast<const BatchNorm*>(&layer)) return;
        const NormView view = NormView::across(x.shape());
        inputs[path].push_back({moments(x, view), view.count()});
      });
  std::int64_t done = 0;
  auto batches = loader.epoch(0);
  for (const Batch& batch : batches) {
    model(batch.images);
    if (++done == at_most) break;
  }
  return inputs;
}

Moments together(const std::vector<BatchMoments>& batches) {
  const std::size_t channels = batches.at(0).channels.mean.size();
  Moments all = {std::vector<double>(channels), std::vector<double>(channels)};
  double values = 0;
  for (const BatchMoments& b : batches) values += static_cast<double>(b.count);
  for (std::size_t c = 0; c < channels; ++c) {
    for (const BatchMoments& b : batches)
      all.mean[c] += static_cast<double>(b.count) / values * b.channels.mean[c];
    for (const BatchMoments& b : batches)
      all.var[c] += static_cast<double>(b.count) / values *
                    (b.channels.var[c] + std::pow(b.channels.mean[c] - all.mean[c], 2));
  }
  return all;
}

double noise_of_means(const std::vector<BatchMoments>& batches) {
  const Moments all = together(batches);
  double squares = 0, count = 0;
  for (std::size_t c = 0; c < all.var.size(); ++c) {
    if (!(all.var[c] > 0)) continue;
    for (const BatchMoments& b : batches)
      squares += std::pow(b.channels.mean[c] - all.mean[c], 2) / all.var[c];
    count += static_cast<double>(batches.size());
  }
  return count > 0 ? std::sqrt(squares / count) : 0;
}

Score reestimated_score(const Training& training) {
  const KeepState keep(training.model);
  const RunData& data = training.data;
  const DataLoader images(data.train, data.info.normalization,
                          {.batch_size = 128, .shuffle = false});
  for (const auto& [path, batches] : norm_inputs(training.model, images, NormMode::training, 16)) {
    const Moments all = together(batches);
    write(training.model, path + ".running_mean", all.mean);
    write(training.model, path + ".running_var", all.var);
  }
  return training.test_score();
}

}  // namespace ek
