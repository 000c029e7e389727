// Probes that change a model leave no trace.
#include <cstdint>
#include <string>
#include <vector>

#include "apps/lab/probes/snapshot.h"

#include <doctest/doctest.h>

#include "apps/lab/probes/landscape.h"
#include "apps/lab/probes/modes.h"
#include "apps/lab/probes/noisy_vgg.h"
#include "apps/lab/probes/shift_probe.h"
#include "apps/lab/record.h"
#include "apps/lab/trial.h"
#include "apps/training/config.h"
#include "apps/training/digest.h"
#include "apps/training/run_data.h"
#include "evenkeel/core/files/state.h"
#include "evenkeel/core/ops/loss.h"
#include "evenkeel/core/ops/random.h"
#include "evenkeel/data/loader.h"
#include "evenkeel/layers/layer.h"
#include "evenkeel/optim/sgd.h"
#include "tests/lab/lab_support.h"

namespace ek {
namespace {

NoisyVGG small_vgg() {
  NoisyVGG model({.width = 1. / 16});
  model.initialize({1});
  return model;
}

Batch first_images(const RunData& data) {
  return make_batch(*data.train, data.info.normalization, std::vector<std::int64_t>{0, 1, 2, 3});
}

/// Every bit of a model that a step of training depends on.
struct Bits {
  explicit Bits(const Layer& model)
      : state(sha256(model.state_dict())),
        training(model.training()),
        position(default_generator().position) {
    StateDict all;
    for (const auto& [name, parameter] : model.named_parameters())
      if (parameter.grad()) all.add(name, parameter.grad());
    gradients = sha256(all);
  }
  bool operator==(const Bits&) const = default;
  std::string state, gradients;
  bool training;
  std::uint64_t position;
};

/// With a gradient, as after a step.
void make_gradient(Layer& model, const Batch& batch) {
  cross_entropy(model(batch.images), batch.labels).backward();
}

TEST_CASE(
    "a snapshot brings back weights, running statistics, gradients, modes and random numbers") {
  const RunData data = synthetic_data(8);
  const Batch batch = first_images(data);
  NoisyVGG model = small_vgg();
  make_gradient(model, batch);
  model.bn3.eval();
  const Bits before(model);
  {
    const Snapshot snapshot(model);
    CHECK(model.bn3.training());
    CHECK(!model.conv1.parameters()[0].grad());
    make_gradient(model, batch);
    SGD(model.parameters(), {.lr = 0.1}).step();
    default_generator().next();
    const Bits changed(model);
    CHECK(changed.state != before.state);
    CHECK(changed.gradients != before.gradients);
    snapshot.restore();
    CHECK(Bits(model).state == before.state);
    make_gradient(model, batch);
  }
  CHECK(Bits(model) == before);
  CHECK(!model.bn3.training());
}

TEST_CASE("the probes of internal covariate shift leave the model as it was") {
  const RunData data = synthetic_data(8);
  const Batch batch = first_images(data);
  NoisyVGG model = small_vgg();
  make_gradient(model, batch);
  SGD optimizer(model.parameters(), {.lr = 0.1});
  TrainConfig config;
  config.max_steps = 10;
  Record record;
  record.values["train_loss"] = {2.3, 2.2};
  Training t = {config, data, model, optimizer, &batch, 2, record};
  const Bits before(model);
  both(shift_probe("noise", 2), landscape_probe(2))(t);
  CHECK(Bits(model) == before);
  CHECK(record.at("shift_step") == std::vector<double>{2});
  CHECK(record.at("drift_means").size() == 7);
  CHECK(record.last("loss_highest") > record.last("loss_lowest"));
  t.step = 3;
  both(shift_probe("noise", 2), landscape_probe(2))(t);
  CHECK(record.at("landscape_step").size() == 1);
}

}  // namespace
}  // namespace ek
