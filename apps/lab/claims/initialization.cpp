// "Less sensitive to initialization": over how wide a range of weight scales does a deep network train?
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "apps/lab/claim.h"
#include "apps/lab/claims.h"
#include "apps/lab/effect_text.h"
#include "apps/lab/figures.h"
#include "apps/lab/probes/sweep.h"
#include "apps/lab/record.h"
#include "apps/lab/statistics.h"
#include "apps/lab/trial.h"
#include "apps/report/page.h"
#include "apps/training/build.h"
#include "apps/training/config.h"
#include "apps/training/description.h"
#include "apps/training/keep_state.h"
#include "apps/training/run.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/tensor/autograd.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/layers/functions.h"
#include "evenkeel/layers/layer.h"
#include "evenkeel/layers/sequential.h"
#include "evenkeel/models/vgg.h"

namespace ek {
namespace {

/// 3 decades, a third of one between two gains: one of them, 2.15, is near He's 2.45 for relu.
Sweep gains() { return {"gain of the start weights", "gain", geometric(0.01, 10, 10)}; }

/// VGG on images of half the size: a quarter of the work at the same depth.
std::unique_ptr<Layer> half_size_vgg(const TrainConfig& config, const DataInfo& info) {
  const Shape half = {info.image[0], info.image[1] / 2, info.image[2] / 2};
  return std::make_unique<Sequential>(
      AvgPool2d(2), VGG(model_options(config, half, std::ssize(info.class_names))));
}

/// Notes the standard deviation of what goes into each relu, layer by layer, for the first batch in training mode.
void note_activations(Training& t) {
  const KeepState keep(t.model);
  const NoGrad no_grad;
  const ForwardObserver watch(
      [&](const std::string& path, const Layer&, const Tensor&, const Tensor& y) {
        if (path.find("bn") == std::string::npos) return;
        const std::vector<double> values(y.data().begin(), y.data().end());
        t.note("activation_sd", sd_of(values));
      });
  auto batches = training_loader(t.config, t.data).epoch(0);
  t.model(batches.next()->images);
}

std::vector<Trial> plan(const Setting& setting) {
  return gains().trials(setting, [&](std::uint64_t seed, double gain) -> Trial {
    TrainConfig config = setting.config(seed, setting.pick(5000, 20000), setting.pick(1000, 5000),
                                        setting.pick(90, 600));
    config.model = "vgg";
    config.width = 0.25;
    config.batch_size = 64;
    config.lr = 0.01;
    config.init_gain = gain;
    Trial trial = {.arm = {}, .config = config, .at_start = note_activations};
    if (setting.full()) return trial;
    trial.make = half_size_vgg;
    trial.variant = "images of half the size";
    return trial;
  });
}

/// log10 of the standard deviation of what goes into the relu of layer i; too small or too large to be a number: the
/// smallest or largest that a float can be.
double log_sd(const Record& r, std::size_t i) {
  const double sd = r.at("activation_sd").at(i);
  return std::isfinite(sd) ? std::log10(std::max(sd, 1e-38)) : 38;
}

std::size_t layers_in(const Setting& setting, const Records& records) {
  return records.at(gains().arm("none", gains().settings.front()), setting.seeds.front())
      .at("activation_sd")
      .size();
}

/// By how many decades the last layer's spread changes from the smallest to the largest gain, for each seed.
std::vector<double> change(const Setting& setting, const Records& records,
                           const std::string& norm) {
  const std::size_t last = layers_in(setting, records) - 1;
  std::vector<double> decades;
  for (const std::uint64_t seed : setting.seeds) {
    auto at = [&](double gain) { return log_sd(records.at(gains().arm(norm, gain), seed), last); };
    decades.push_back(std::abs(at(gains().settings.back()) - at(gains().settings.front())));
  }
  return decades;
}

/// The spread in the first, a middle and the last layer against the gain.
Plot activation_plot(const Setting& setting, const Records& records) {
  const Sweep sweep = gains();
  Plot plot = {.title = "Spread of what goes into a relu, before the first step",
               .x_label = sweep.knob,
               .y_label = "standard deviation",
               .series = {},
               .log_x = true,
               .log_y = true};
  const std::size_t layers = layers_in(setting, records);
  for (const auto& [norm, name] :
       {std::pair{"batch", "BatchNorm"}, std::pair{"none", "without norm"}})
    for (const std::size_t layer : {std::size_t(0), layers / 2, layers - 1}) {
      std::vector<std::vector<double>> runs;
      for (const std::uint64_t seed : setting.seeds) {
        runs.emplace_back();
        for (const double gain : sweep.settings)
          runs.back().push_back(
              std::pow(10, log_sd(records.at(sweep.arm(norm, gain), seed), layer)));
      }
      plot.series.push_back(
          over_seeds(fmt::format("{}, layer {}", name, layer + 1), sweep.settings, runs));
    }
  return plot;
}

Finding judge_gains(const Setting& setting, const Records& records) {
  const Sweep sweep = gains();
  const SweepResult r = measure(sweep, setting, records);
  const std::vector<double> batch = change(setting, records, "batch"),
                            none = change(setting, records, "none");
  auto factor = [](const std::vector<double>& decades) {
    return factor_text(std::pow(10, mean_of(decades)));
  };
  Finding finding;
  finding.tests = {
      {"range of gains that train (largest / smallest), BatchNorm against without norm", "decades",
       paired(r.batch.width, r.none.width), above(0), Ratio{10, "wider", "narrower"}}};
  finding.asides = {
      {"change of the last layer's spread over the gains, without norm against BatchNorm",
       "decades", paired(none, batch), above(0), Ratio{10, "larger", "smaller"}}};
  finding.summary = fmt::format(
      "With BatchNorm the largest gain that trains is {} times the smallest, without {} times (the "
      "gains tried span a factor of 1,000). From the smallest to the largest gain the spread of "
      "the last layer's input to its relu changes by a factor of {} with BatchNorm and of {} "
      "without.",
      factor(r.batch.width), factor(r.none.width), factor(batch), factor(none));
  finding.plots = {accuracy_plot(sweep, r), activation_plot(setting, records)};
  finding.tables = {accuracy_table(sweep, r)};
  finding.caveats = {
      "The gains are a factor of 2.2 apart; in between, the accuracy is taken to change linearly "
      "with log(gain).",
      "Gain 1 is PyTorch's default start; 2.45 is He's for relu, with which the spread stays the "
      "same from layer to layer. The gain scales all weight matrices, the last one too, and no "
      "bias.",
      "One learning rate for all gains. BatchNorm makes the outputs independent of the scale of "
      "the weights before it, not the steps: large weights turn more slowly.",
      "A short training: it says which gains train at all within so many steps."};
  return finding;
}

}  // namespace

Claim initialization() {
  return {
      .id = "initialization",
      .title = "Less sensitive to initialization",
      .sentence = "Less sensitive to initialization: More forgiving weight init",
      .hypothesis =
          "The range of scales of the start weights that train a deep network is wider with "
          "BatchNorm.",
      .arms =
          "vgg with a quarter of its channels (in quick on images of half the size) with BatchNorm "
          "and without any norm, SGD with momentum 0.9 and rate 0.01, batches of 64; the default "
          "start weights times one of ten gains from 0.01 to 10.",
      .measure =
          "Test accuracy after the last step. A gain trains if it gets at least half of the way "
          "from guessing to the best accuracy of either arm with this seed; between two gains the "
          "accuracy is taken to change linearly with log(gain). Beside it: the standard deviation "
          "of what goes into each relu, for one batch before the first step.",
      .rule =
          "SUPPORTED if the whole interval of the factor, width of the range with BatchNorm / "
          "without norm, lies above 1.",
      .plan = plan,
      .judge = judge_gains};
}

}  // namespace ek
