// Internal covariate shift: its measures against numbers worked out by hand, the noise, the verdict.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "apps/lab/claim.h"
#include "apps/lab/probes/drift.h"
#include "apps/lab/probes/landscape.h"
#include "apps/lab/probes/noisy_vgg.h"
#include "apps/lab/record.h"
#include "apps/lab/statistics.h"
#include "apps/lab/trial.h"
#include "evenkeel/core/base/norm_view.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/ops/elementwise.h"
#include "evenkeel/core/ops/normalize.h"
#include "evenkeel/core/ops/reduce.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/data/loader.h"
#include "evenkeel/layers/linear.h"
#include "evenkeel/models/registry.h"
#include "evenkeel/models/vgg.h"
#include "tests/lab/lab_support.h"
#include "tests/models/models.h"

namespace ek {
namespace {

TEST_CASE("drift: ranges and changes in units of the mean standard deviation") {
  Drift drift;
  drift.add({.mean = {0, 1}, .var = {4, 4}});
  CHECK(drift.of_means() == 0);  // one reading has not moved
  drift.add({.mean = {3, 1}, .var = {4, 16}});
  drift.add({.mean = {1, 1}, .var = {4, 4}});
  const double unit = (2 + 2 + 2 + 4 + 2 + 2) / 6.;
  CHECK(drift.of_means() == doctest::Approx((3 + 0) / 2. / unit));
  CHECK(drift.of_spreads() == doctest::Approx((0 + 2) / 2. / unit));
  CHECK(drift.per_reading() == doctest::Approx((3 + 2 + 0 + 0) / 2. / 2 / unit));
}

TEST_CASE("landscape: logistic regression, where all of it can be worked out") {
  // logits w x + b with w = b = 0 and x = 1, two classes: with d the first logit minus the second the loss is
  // log(1 + e^-d), the gradient's length 2 s(-d), and after a step of size s at rate 1/4 d = s/2.
  Linear model(1, 2);
  for (Tensor parameter : model.parameters()) parameter.fill(0);
  const Batch batch = {Tensor::full({1, 1}, 1), {0}, {0}};
  const Landscape l = landscape_along_gradient(model, batch, 0.25);
  auto sigmoid = [](double z) { return 1 / (1 + std::exp(-z)); };
  CHECK(l.highest == doctest::Approx(std::log1p(std::exp(-0.25))));
  CHECK(l.lowest == doctest::Approx(std::log1p(std::exp(-2.))));
  CHECK(l.gradient_change == doctest::Approx(2 * (0.5 - sigmoid(-0.5))));
  CHECK(l.smoothness ==
        doctest::Approx(2 * (0.5 - sigmoid(-0.5)) / 0.25));  // larger than at size 4
}

/// The noise that a layer adds to zeros [N, 2, 64].
Tensor noise_of(Noise& noise) { return noise(Tensor::zeros({200, 2, 64})); }

/// Mean and standard deviation of a channel of x [N, 2, L].
std::pair<double, double> moments_of(const Tensor& x, std::size_t channel) {
  const Moments m = moments(x, NormView::across(x.shape()));
  return {m.mean[channel], std::sqrt(m.var[channel])};
}

TEST_CASE(
    "noise: another distribution for every step and channel, the same numbers for the same seed") {
  Noise noise({.largest_mean = 2, .largest_sd = 3}), again({.largest_mean = 2, .largest_sd = 3});
  noise.initialize({7, 1, "noise1."});
  again.initialize({7, 1, "noise1."});
  std::vector<double> means, sds;
  for (int step = 0; step < 20; ++step) {
    const Tensor y = noise_of(noise);
    CHECK(std::ranges::equal(y.data(), noise_of(again).data()));
    for (const std::size_t channel : {0u, 1u}) {
      const auto [mean, sd] = moments_of(y, channel);
      means.push_back(mean);
      sds.push_back(sd);
    }
  }
  CHECK(std::ranges::max(means) > 1);
  CHECK(std::ranges::min(means) < -1);
  CHECK(std::ranges::max(sds) > 2);
  CHECK(std::ranges::max(sds) < 3.1);
  std::ranges::sort(means);
  CHECK(std::ranges::adjacent_find(means) == means.end());

  noise.eval();
  CHECK(std::ranges::all_of(noise_of(noise).data(), [](Real v) { return v == 0; }));
}

TEST_CASE("noise: what gradients it gets it hands on") {
  Noise noise;
  noise.initialize({1});
  Tensor x = random_images({2, 3, 4, 4});
  x.requires_grad(true);
  sum(noise(x) * 3).backward();
  CHECK(std::ranges::all_of(x.grad().data(), [](Real v) { return v == 3; }));
}

TEST_CASE("a noisy VGG without noise is VGG, to the bit") {
  const ModelOptions options = {.width = 1. / 16};
  NoisyVGG noisy(options, {.largest_mean = 0, .largest_sd = 0});
  VGG vgg(options);
  noisy.initialize({3});
  vgg.initialize({3});
  const Tensor images = random_images({4, 3, 32, 32});
  CHECK(std::ranges::equal(noisy(images).data(), vgg(images).data()));
  noisy.eval();
  vgg.eval();
  CHECK(std::ranges::equal(noisy(images).data(), vgg(images).data()));
}

/// Drift and end of the training loss of an arm.
struct Arm {
  double drift, loss;
};
Finding with(Arm none, Arm batch, Arm noisy) {
  return judged("internal-covariate-shift", [&](const Trial& trial) {
    const Arm arm = trial.arm == "none" ? none : trial.arm == "batch" ? batch : noisy;
    const double drift = about(arm.drift, trial);
    return Record{.values = {{"classes", {10}},
                             {"train_loss", {2.3, about(arm.loss, trial)}},
                             {"test_step", {2}},
                             {"test_acc", {0.3}},
                             {"shift_step", {1, 2}},
                             {"mean_loss", {2.3, arm.loss}},
                             {"drift_means", {drift, drift}},
                             {"drift_spreads", {drift, drift}},
                             {"drift_per_reading", {drift, drift}},
                             {"landscape_step", {2}},
                             {"loss_lowest", {1}},
                             {"loss_highest", {2}},
                             {"gradient_change", {1}},
                             {"smoothness", {1}}}};
  });
}

bool says(const Finding& finding, const char* text) {
  return finding.summary.find(text) != std::string::npos;
}

TEST_CASE(
    "internal covariate shift: the verdict is about the shift, the summary about what it "
    "explains") {
  const Finding paper = with({1, 2}, {0.1, 1}, {2, 1.1});
  CHECK(verdict_of(paper) == Verdict::supported);
  CHECK(says(paper, "the shift does not explain the gain"));
  CHECK(says(with({1, 2}, {0.1, 1}, {2, 2.5}), "the gain is gone"));
  CHECK(says(with({1, 2}, {0.1, 1}, {0.5, 1.1}), "did not surely make the inputs drift more"));
  CHECK(says(with({1, 2}, {0.1, 2.5}, {2, 1.1}), "That BatchNorm trains better is not sure"));
  CHECK(verdict_of(with({1, 2}, {1.5, 1}, {2, 1.1})) == Verdict::not_supported);
}

TEST_CASE(
    "internal covariate shift: runs that became non-finite decide nothing, and break nothing") {
  const Finding finding =
      judged("internal-covariate-shift", [](const Trial&) { return diverged_run(); });
  CHECK(verdict_of(finding) == Verdict::inconclusive);
}

}  // namespace
}  // namespace ek
