#include "apps/lab/trial.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "apps/training/build.h"
#include "apps/training/checkpoint.h"
#include "apps/training/config.h"
#include "apps/training/description.h"
#include "apps/training/errors.h"
#include "apps/training/interrupt.h"
#include "apps/training/progress.h"
#include "apps/training/run_data.h"
#include "apps/training/trainer.h"
#include "evenkeel/core/ops/random.h"
#include "evenkeel/data/dataset.h"
#include "evenkeel/data/loader.h"
#include "evenkeel/data/transform.h"
#include "evenkeel/layers/layer.h"
#include "evenkeel/optim/optimizer.h"

namespace ek {
namespace {

using Clock = std::chrono::steady_clock;

/// To be raised when a probe, a model of the lab or the loop below measures or trains something else than before, or when
/// the library's sums are made in another order, so that the bits differ: records of the old kind are then made again.
constexpr int kRecordVersion = 2;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

Score score(Layer& model, const std::shared_ptr<const Dataset>& images,
            const Normalization& normalization) {
  Progress none("", 0, {.quiet = true});
  return evaluate(model, evaluation_loader(images, normalization), none);
}

void test(Training& t) {
  const Score s = t.test_score();
  t.note("test_step", static_cast<double>(t.step));
  t.note("test_loss", s.loss);
  t.note("test_acc", s.accuracy);
  if (!std::isfinite(s.loss)) t.record.diverged = t.step;  // the last update went too far
}

std::unique_ptr<Layer> make(const Trial& trial, const DataInfo& info) {
  const TrainConfig& config = trial.config;
  std::unique_ptr<Layer> model = trial.make ? trial.make(config, info) : make_model(config, info);
  model->initialize({config.seed, config.init_gain});
  return model;
}

/// The loop: steps, tests and probes, until all steps are made, a loss is not finite or the user interrupts.
void train(const Trial& trial, Training& t, Progress& progress) {
  const DataLoader loader = training_loader(trial.config, t.data);
  const std::int64_t steps = steps_of(trial, t.data);
  double& seconds = t.record.times["train_seconds"];
  while (t.step < steps) {
    auto batches = loader.epoch(t.step / loader.steps());
    for (const Batch& batch : batches) {
      t.model.train();
      const Clock::time_point start = Clock::now();
      const StepResult result = train_step(t.model, t.optimizer, batch.images, batch.labels,
                                           trial.config.label_smoothing);
      seconds += seconds_since(start);
      t.note("train_loss", result.loss);
      ++t.step;
      if (!std::isfinite(result.loss)) {
        t.record.diverged = t.step;
        break;
      }
      t.batch = &batch;
      if (trial.after_step) trial.after_step(t);
      if (t.step == steps || (trial.test_every > 0 && t.step % trial.test_every == 0)) test(t);
      progress.step(static_cast<std::int64_t>(batch.labels.size()),
                    fmt::format("loss {:.4f}", result.loss));
      if (t.step == steps || t.record.diverged > 0 || interrupted()) break;
    }
    t.batch = nullptr;  // gone with the epoch
    if (t.record.diverged > 0 || interrupted()) return;
  }
}

}  // namespace

Score Training::test_score() const { return score(model, data.test, data.info.normalization); }
Score Training::train_score() const { return score(model, data.train, data.info.normalization); }

std::string Trial::name() const { return fmt::format("{}-seed-{}", arm, config.seed); }

std::string Trial::description() const {
  nlohmann::ordered_json json = {
      {"version", kRecordVersion}, {"arm", arm}, {"variant", variant}, {"test_every", test_every}};
  json["config"] = nlohmann::ordered_json::parse(to_json(with_defaults(config)));
  for (const char* other : {"data", "threads", "quiet", "verbose", "print_freq", "save_every",
                            "val_split", "skip_bad_images"})
    json["config"].erase(other);
  return json.dump();
}

std::int64_t steps_of(const Trial& trial, const RunData& data) {
  const std::int64_t all = training_loader(trial.config, data).steps() * trial.config.epochs;
  return trial.config.max_steps > 0 ? std::min(all, trial.config.max_steps) : all;
}

Record run_trial(const Trial& trial, const RunData& data, Progress& progress) {
  const Clock::time_point start = Clock::now();
  const TrainConfig config = with_defaults(trial.config);
  Record record;
  checking_flags([&] {
    manual_seed(config.seed);
    const std::unique_ptr<Layer> model = make(trial, data.info);
    const std::unique_ptr<Optimizer> optimizer = make_optimizer(config, *model);
    Training t = {config, data, *model, *optimizer, nullptr, 0, record};
    t.note("classes", static_cast<double>(data.info.class_names.size()));
    if (trial.at_start) trial.at_start(t);
    train(trial, t, progress);
    if (trial.at_end && record.diverged == 0 && !interrupted()) {
      const Waiting waiting("measuring " + trial.name(), trial.config.quiet);
      trial.at_end(t);
    }
    return 0;
  });
  record.times["seconds"] = seconds_since(start);
  return record;
}

}  // namespace ek
