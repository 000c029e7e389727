#include "apps/lab/probes/sigmoid_inputs.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "apps/lab/record.h"
#include "apps/lab/statistics.h"
#include "evenkeel/core/tensor/autograd.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/data/loader.h"
#include "evenkeel/layers/layer.h"

namespace ek {
namespace {

constexpr std::int64_t kImages = 500;
constexpr std::size_t kSigmoids = 10;

/// [images, features]
Tensor inputs_of_last_sigmoids(const Training& t) {
  std::vector<std::int64_t> first(static_cast<std::size_t>(std::min(kImages, t.data.test->size())));
  std::iota(first.begin(), first.end(), 0);
  Tensor inputs;
  const EvalMode eval(t.model);
  const NoGrad no_grad;
  const ForwardObserver watch(
      [&](const std::string& path, const Layer&, const Tensor&, const Tensor& y) {
        if (path == "bn3") inputs = y;
      });
  t.model(make_batch(*t.data.test, t.data.info.normalization, first).images);
  return inputs;
}

}  // namespace

void note_sigmoid_inputs(Training& t, std::int64_t every) {
  if (t.step % every != 0) return;
  const Tensor inputs = inputs_of_last_sigmoids(t);
  const auto features = static_cast<std::size_t>(inputs.dim(1));
  t.note("input_step", static_cast<double>(t.step));
  for (std::size_t sigmoid = 0; sigmoid < std::min(kSigmoids, features); ++sigmoid) {
    std::vector<double> values;
    for (std::size_t i = sigmoid; i < inputs.data().size(); i += features)
      values.push_back(static_cast<double>(inputs.data()[i]));
    t.note("input_median", quantile_of(values, 0.5));
    t.note("input_sd", sd_of(values));
    if (sigmoid > 0) continue;
    t.note("input_15", quantile_of(values, 0.15));
    t.note("input_50", quantile_of(values, 0.5));
    t.note("input_85", quantile_of(values, 0.85));
  }
}

double drift(const Record& r, std::int64_t from_step) {
  if (!r.has("input_step")) return 0;
  const std::vector<double>& steps = r.at("input_step");
  const std::size_t sigmoids = r.at("input_median").size() / steps.size();
  const double from = static_cast<double>(from_step);
  double sum = 0;
  for (std::size_t sigmoid = 0; sigmoid < sigmoids; ++sigmoid) {
    std::vector<double> medians, sds;
    for (std::size_t i = 0; i < steps.size(); ++i)
      if (steps[i] >= from || steps.back() < from) {
        medians.push_back(r.at("input_median")[i * sigmoids + sigmoid]);
        sds.push_back(r.at("input_sd")[i * sigmoids + sigmoid]);
      }
    const double spread = mean_of(sds);
    if (spread > 0) sum += (std::ranges::max(medians) - std::ranges::min(medians)) / spread;
  }
  return sum / static_cast<double>(sigmoids);
}

Plot sigmoid_input_plot(const std::vector<std::pair<std::string, const Record*>>& records) {
  Plot plot = {.title =
                   "What goes into one sigmoid of the last hidden layer, first seed: median, 15th "
                   "to 85th percentile",
               .x_label = "step",
               .y_label = "input of the sigmoid",
               .series = {}};
  for (const auto& [name, r] : records)
    if (r->has("input_step"))
      plot.series.push_back({.name = name,
                             .x = r->at("input_step"),
                             .y = r->at("input_50"),
                             .low = r->at("input_15"),
                             .high = r->at("input_85")});
  return plot;
}

}  // namespace ek
