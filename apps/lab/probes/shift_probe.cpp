#include "apps/lab/probes/shift_probe.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "apps/lab/probes/drift.h"
#include "apps/lab/probes/landscape.h"
#include "apps/lab/probes/snapshot.h"
#include "apps/lab/statistics.h"
#include "apps/training/run_data.h"
#include "evenkeel/core/base/norm_view.h"
#include "evenkeel/core/ops/normalize.h"
#include "evenkeel/core/tensor/autograd.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/data/loader.h"
#include "evenkeel/layers/layer.h"

namespace ek {
namespace {

constexpr std::int64_t kImages = 128;

/// The first images of the training set.
Batch fixed_images(const RunData& data) {
  std::vector<std::int64_t> indices(
      static_cast<std::size_t>(std::min(kImages, data.train->size())));
  std::iota(indices.begin(), indices.end(), 0);
  return make_batch(*data.train, data.info.normalization, indices);
}

/// The outputs, in the model's order, of the layers whose path starts with `prefix`.
std::vector<Tensor> outputs_of(Layer& model, const Tensor& images, const std::string& prefix) {
  std::vector<Tensor> outputs;
  const NoGrad no_grad;
  const ForwardObserver observer(
      [&](const std::string& path, const Layer&, const Tensor&, const Tensor& y) {
        if (path.starts_with(prefix)) outputs.push_back(y.clone());
      });
  model(images);
  return outputs;
}

/// All values of the first channel of x [N, C, H, W].
std::vector<double> first_channel(const Tensor& x) {
  std::vector<double> values;
  const std::int64_t map = x.dim(2) * x.dim(3);
  for (std::int64_t n = 0; n < x.dim(0); ++n) {
    const auto row = x.data().subspan(static_cast<std::size_t>(n * x.dim(1) * map),
                                      static_cast<std::size_t>(map));
    values.insert(values.end(), row.begin(), row.end());
  }
  return values;
}

void note_unit(Training& t, const std::vector<Tensor>& outputs) {
  const auto last =
      std::find_if(outputs.rbegin(), outputs.rend(), [](const Tensor& y) { return y.rank() == 4; });
  if (last == outputs.rend()) return;
  const std::vector<double> values = first_channel(*last);
  for (const auto& [name, p] : {std::pair("unit_p15", 0.15), {"unit_p50", 0.5}, {"unit_p85", 0.85}})
    t.note(name, quantile_of(values, p));
}

/// One list of a number for each layer, in the place of the one of the reading before.
void note_drifts(Training& t, const std::vector<Drift>& drifts) {
  auto list = [&](const char* name, double (Drift::*measure)() const) {
    std::vector<double>& values = t.record.values[name];
    values.clear();
    for (const Drift& drift : drifts) values.push_back((drift.*measure)());
  };
  list("drift_means", &Drift::of_means);
  list("drift_spreads", &Drift::of_spreads);
  list("drift_per_reading", &Drift::per_reading);
}

}  // namespace

Probe shift_probe(const std::string& layers, std::int64_t every) {
  return [layers, every, drifts = std::make_shared<std::vector<Drift>>()](Training& t) {
    if (t.step % every != 0) return;
    if (!t.record.has("shift_step")) drifts->clear();  // the first reading of a run
    const Snapshot before(t.model);
    const std::vector<Tensor> outputs = outputs_of(t.model, fixed_images(t.data).images, layers);
    t.note("shift_step", static_cast<double>(t.step));
    note_unit(t, outputs);
    const std::span losses = t.record.at("train_loss");
    t.note("mean_loss", mean_of(losses.last(static_cast<std::size_t>(every))));
    if (10 * t.step <= t.config.max_steps) return;
    drifts->resize(outputs.size());
    for (std::size_t l = 0; l < outputs.size(); ++l)
      (*drifts)[l].add(moments(outputs[l], NormView::across(outputs[l].shape())));
    note_drifts(t, *drifts);
  };
}

Probe landscape_probe(std::int64_t every) {
  return [every](Training& t) {
    if (t.step % every != 0) return;
    const Landscape l = landscape_along_gradient(t.model, *t.batch, t.optimizer.lr());
    t.note("landscape_step", static_cast<double>(t.step));
    t.note("loss_lowest", l.lowest);
    t.note("loss_highest", l.highest);
    t.note("gradient_change", l.gradient_change);
    t.note("smoothness", l.smoothness);
  };
}

Probe both(Probe first, Probe second) {
  return [first = std::move(first), second = std::move(second)](Training& t) {
    first(t);
    second(t);
  };
}

}  // namespace ek
