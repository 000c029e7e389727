#include "apps/training/trainer.h"

#include <fmt/format.h>

#include <cmath>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include "apps/training/errors.h"
#include "apps/training/interrupt.h"
#include "apps/training/nonfinite.h"
#include "evenkeel/core/ops/loss.h"
#include "evenkeel/core/tensor/autograd.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/data/dataset.h"
#include "evenkeel/data/transform.h"

namespace ek {
namespace {

constexpr std::int64_t kEvaluationBatch = 128;

/// Adds up losses and hits, batch by batch.
class Tally {
 public:
  void add(std::size_t images, double mean_loss, std::int64_t correct) {
    images_ += static_cast<std::int64_t>(images);
    loss_ += mean_loss * static_cast<double>(images);
    correct_ += correct;
  }
  Score score() const {
    if (images_ == 0) return {};
    const auto n = static_cast<double>(images_);
    return {loss_ / n, static_cast<double>(correct_) / n, images_};
  }
  std::string note() const {
    return fmt::format("loss {:.4f}, accuracy {:.1f} %", score().loss, 100 * score().accuracy);
  }

 private:
  std::int64_t images_ = 0, correct_ = 0;
  double loss_ = 0;
};

}  // namespace

StepResult train_step(Layer& model, Optimizer& optimizer, const Tensor& images,
                      std::span<const int> labels, double label_smoothing) {
  const Tensor logits = model(images);  // [N, K]
  const Tensor loss = cross_entropy(logits, labels, {.label_smoothing = label_smoothing});  // []
  const StepResult result = {loss.item(), count_correct(logits, labels)};
  if (!std::isfinite(result.loss)) return result;
  optimizer.zero_grad();
  loss.backward();
  optimizer.step();
  return result;
}

Score train_epoch(Layer& model, Optimizer& optimizer, const DataLoader& loader, Position& at,
                  const EpochOptions& options, Progress& progress) {
  Tally tally;
  model.train();
  auto batches = loader.epoch(at.epoch - 1);
  for (const Batch& batch : batches) {
    const auto [loss, correct] =
        train_step(model, optimizer, batch.images, batch.labels, options.label_smoothing);
    ++at.step;
    if (!std::isfinite(loss))
      throw NonFiniteError(
          fmt::format(
              "epoch {}, step {}: the loss is {}, expected a finite number; {}; try a smaller --lr",
              at.epoch, at.step, std::abs(loss), describe_nonfinite(model, batch.images)),
          at.epoch, at.step);
    tally.add(batch.labels.size(), loss, correct);
    progress.step(static_cast<std::int64_t>(batch.labels.size()), tally.note());
    if (at.step == options.max_steps || interrupted()) break;
  }
  return tally.score();
}

Score evaluate(Layer& model, const DataLoader& loader, Progress& progress,
               const LogitsWatch& watch) {
  const EvalMode eval_mode(model);
  const NoGrad no_grad;
  Tally tally;
  auto batches = loader.epoch(0);
  for (const Batch& batch : batches) {
    const Tensor logits = model(batch.images);  // [N, K]
    tally.add(batch.labels.size(), cross_entropy(logits, batch.labels).item(),
              count_correct(logits, batch.labels));
    if (watch) watch(batch, logits);
    progress.step(static_cast<std::int64_t>(batch.labels.size()), tally.note());
    if (interrupted()) break;
  }
  return tally.score();
}

DataLoader evaluation_loader(std::shared_ptr<const Dataset> data,
                             const Normalization& normalization) {
  return DataLoader(std::move(data), normalization,
                    {.batch_size = kEvaluationBatch, .shuffle = false, .drop_last = DropLast::no});
}

}  // namespace ek
