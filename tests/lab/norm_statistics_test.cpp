#include <cmath>
#include <cstdint>
#include <variant>
#include <vector>

#include "apps/lab/probes/norm_statistics.h"

#include <doctest/doctest.h>

#include "apps/lab/record.h"
#include "apps/lab/trial.h"
#include "apps/training/config.h"
#include "apps/training/progress.h"
#include "apps/training/run.h"
#include "evenkeel/core/base/norm_view.h"
#include "evenkeel/core/files/state.h"
#include "evenkeel/core/ops/normalize.h"
#include "evenkeel/core/ops/random.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/data/loader.h"
#include "evenkeel/layers/functions.h"
#include "evenkeel/layers/layer.h"
#include "evenkeel/layers/norm.h"
#include "evenkeel/layers/sequential.h"
#include "tests/lab/lab_support.h"
#include "tests/support/values.h"

namespace ek {
namespace {

/// All values of all parameters and buffers.
std::vector<double> state_of(const Layer& model) {
  std::vector<double> all;
  for (const auto& [name, value] : model.state_dict()) {
    if (const auto* tensor = std::get_if<Tensor>(&value))
      all.insert(all.end(), tensor->data().begin(), tensor->data().end());
    if (const auto* counter = std::get_if<IntTensor>(&value))
      for (const std::int64_t count : counter->data()) all.push_back(static_cast<double>(count));
  }
  return all;
}

/// A network with two BatchNorms and a dropout, after some steps of training on synthetic images, with a probe.
Record trained(const Probe& probe) {
  TrainConfig config;
  config.model = "convnet-8x8";
  config.width = 1. / 16;
  config.dropout = 0.5;
  config.batch_size = 16;
  config.epochs = config.max_steps = 4;
  Progress quiet("", 0, {.quiet = true});
  return run_trial({.arm = "batch", .config = config, .at_end = probe}, synthetic_data(48), quiet);
}

DataLoader loader_of(const Training& t) { return training_loader(t.config, t.data); }

TEST_CASE("batches together: mean and variance of all values") {
  // 1, 3 and 2, 2, 8, of the second channel always 5
  const std::vector<BatchMoments> batches = {{{{2, 5}, {1, 0}}, 2}, {{{4, 5}, {8, 0}}, 3}};
  const Moments all = together(batches);
  CHECK(all.mean[0] == doctest::Approx(3.2));
  CHECK(all.var[0] == doctest::Approx((1 + 9 + 4 + 4 + 64) / 5. - 3.2 * 3.2));
  CHECK(all.mean[1] == doctest::Approx(5));
  CHECK(all.var[1] == doctest::Approx(0));
}

TEST_CASE(
    "noise of the means: in standard deviations of the values, without channels that never "
    "change") {
  // 0, 2 and 4, 6: means 1 and 5, both 2 away from 3; variance 5
  const std::vector<BatchMoments> batches = {{{{1, 7}, {1, 0}}, 2}, {{{5, 7}, {1, 0}}, 2}};
  CHECK(noise_of_means(batches) == doctest::Approx(2 / std::sqrt(5)));
  CHECK(noise_of_means({{{{7}, {0}}, 2}}) == 0);
}

TEST_CASE("the inputs of the norms, in either mode; the model stays as it was") {
  trained([](Training& t) {
    const std::vector<double> before = state_of(t.model);
    const std::uint64_t position = default_generator().position;
    for (const NormMode mode : {NormMode::training, NormMode::inference}) {
      const auto inputs = norm_inputs(t.model, loader_of(t), mode);
      CHECK(inputs.size() == 2);
      CHECK(inputs.at("bn1").size() == 3);
      CHECK(inputs.at("bn1")[0].count == 16 * 32 * 32);
      CHECK(inputs.at("bn2")[0].count == 16);
    }
    CHECK(norm_inputs(t.model, loader_of(t), NormMode::training, 2).at("bn2").size() == 2);
    CHECK(state_of(t.model) == before);
    CHECK(t.model.training());
    CHECK(default_generator().position == position);
  });
}

TEST_CASE("statistics measured anew: other running statistics for the test alone") {
  trained([](Training& t) {
    const std::vector<double> before = state_of(t.model);
    const double running = t.test_score().loss;
    CHECK(reestimated_score(t).loss != running);
    CHECK(state_of(t.model) == before);
    CHECK(t.test_score().loss == running);
  });
}

}  // namespace
}  // namespace ek
