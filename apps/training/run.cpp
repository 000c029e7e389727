#include "apps/training/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <utility>

#include "apps/training/build.h"
#include "apps/training/config.h"
#include "apps/training/description.h"
#include "apps/training/errors.h"
#include "apps/training/interrupt.h"
#include "apps/training/keep_state.h"
#include "apps/training/progress.h"
#include "apps/training/smallest_batch.h"
#include "apps/training/trainer.h"
#include "evenkeel/core/base/check.h"
#include "evenkeel/core/files/file.h"
#include "evenkeel/core/files/replace_file.h"
#include "evenkeel/core/files/temporary_file.h"
#include "evenkeel/core/ops/random.h"
#include "evenkeel/data/loader.h"

namespace ek {
namespace {

LoaderOptions loader_options(const TrainConfig& c) {
  return {.batch_size = c.batch_size,
          .seed = c.seed,
          .drop_last = c.drop_last == "auto"  ? DropLast::automatic
                       : c.drop_last == "yes" ? DropLast::yes
                                              : DropLast::no};
}

/// Writes a line of metrics. One that is lost is no reason to lose the training: it is a warning, once.
struct NoteMetrics {
  const std::function<void(const std::string&)>& warn;
  mutable bool has_warned = false;

  void operator()(const std::function<void()>& append) const {
    try {
      append();
    } catch (const std::runtime_error& error) {
      if (!std::exchange(has_warned, true)) warn(error.what());
    }
  }
};

}  // namespace

DataLoader training_loader(const TrainConfig& config, const RunData& data) {
  const std::vector<std::string>& classes = data.info.class_names;
  check_data(classes.size() > 1, data.description, ": there is nothing to tell apart with ",
             classes.size(), " class(es) (", printable(joined(classes)),
             "), expected two or more; each class is a folder of images");
  return checking_flags(
      [&] { return DataLoader(data.train, data.info.normalization, loader_options(config)); });
}

Run::Run(const TrainConfig& config, const RunData& data)
    : config_(config),
      data_(data.info),
      train_loader_(training_loader(config, data)),
      test_loader_(evaluation_loader(data.test, data.info.normalization)) {
  if (data.validation)
    validation_loader_ = evaluation_loader(data.validation, data.info.normalization);
  config_.dataset = data_.dataset;  // what "auto" has found, so that config.json names it
  checking_flags([&] {
    model_ = make_model(config_, data_);
    optimizer_ = make_optimizer(config_, *model_);
    const std::int64_t images = data.train->size() - train_loader_.dropped();
    try_smallest_batch(*model_, data_.image,
                       images - (train_loader_.steps() - 1) * config_.batch_size, config_);
  });
  model_->initialize({config_.seed, config_.init_gain});
  if (!config_.init.empty()) load_initial_weights();
}

void Run::load_initial_weights() {
  const std::filesystem::path file = checkpoint_in(config_.init);
  const Checkpoint checkpoint = read_checkpoint(file);
  load_weights(*model_, checkpoint.weights, file);
  if (!checkpoint.description || checkpoint.description->data.class_names == data_.class_names)
    return;
  warning_ =
      text("--init: ", printable(file), " knows other classes (",
           joined(checkpoint.description->data.class_names), ") than the data (",
           joined(data_.class_names),
           "); the last layer's weights for a class are those of the class in the same place");
}

bool Run::is_last(const Position& at) const {
  return at.epoch == config_.epochs || (config_.max_steps > 0 && at.step >= config_.max_steps);
}

void Run::save(const std::filesystem::path& file, const Position& at,
               const EpochMetrics* metrics) const {
  SavedAt saved = {.epoch = at.epoch, .step = at.step};
  if (metrics && metrics->test.images > 0) saved.test_accuracy = metrics->test.accuracy;
  if (metrics && metrics->validation.images > 0) saved.val_accuracy = metrics->validation.accuracy;
  write_checkpoint(file, *model_, {config_, data_, saved});
}

void Run::plan(Outlook& outlook) const {
  const std::int64_t steps = train_loader_.steps();
  const std::int64_t in_all = config_.max_steps > 0
                                  ? std::min(steps * config_.epochs, config_.max_steps)
                                  : steps * config_.epochs;
  const std::int64_t epochs = (in_all + steps - 1) / steps;
  outlook.plan(training_part(), "training", in_all);
  if (validation_loader_) outlook.plan(test_part(), "test", epochs * validation_loader_->steps());
  outlook.plan(test_part(), "test", (validation_loader_ ? 1 : epochs) * test_loader_.steps());
}

void Run::drop(Outlook& outlook) const {
  outlook.drop(training_part());
  outlook.drop(test_part());
}

Score Run::evaluate_on(const DataLoader& loader, const char* what, const Position& at,
                       const LogitsWatch& watch, Outlook* outlook) {
  Progress bar(fmt::format("epoch {}/{} {}", at.epoch, config_.epochs, what), loader.steps(),
               progress(), {outlook, test_part()});
  const Score score = evaluate(*model_, loader, bar, watch);
  if (std::isfinite(score.loss)) return score;
  throw NonFiniteError(
      fmt::format("epoch {}, step {}: the {} loss is {}, expected a finite number; the weights "
                  "after this step are not usable; try a smaller --lr",
                  at.epoch, at.step, what, std::abs(score.loss)),
      at.epoch, at.step);
}

EpochMetrics Run::train_one_epoch(Position& at, const LogitsWatch& watch, Outlook* outlook) {
  EpochMetrics m{};
  m.lr = optimizer_->lr();
  const std::int64_t steps = config_.max_steps > 0
                                 ? std::min(train_loader_.steps(), config_.max_steps - at.step)
                                 : train_loader_.steps();
  const auto start = std::chrono::steady_clock::now();
  {
    Progress bar(fmt::format("epoch {}/{}", at.epoch, config_.epochs), steps, progress(),
                 {outlook, training_part()});
    m.train = train_epoch(*model_, *optimizer_, train_loader_, at,
                          {config_.label_smoothing, config_.max_steps}, bar);
  }
  m.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  m.images_per_second = static_cast<double>(m.train.images) / m.seconds;
  m.epoch = at.epoch;
  m.step = at.step;
  if (interrupted()) return m;
  if (validation_loader_)
    m.validation = evaluate_on(*validation_loader_, "validation", at, {}, outlook);
  if ((!validation_loader_ || is_last(at)) && !interrupted()) {
    m.test = evaluate_on(test_loader_, "test", at, watch, outlook);
  }
  return m;
}

/// The weights of the best epoch on the test images; the model keeps its own.
Score Run::test_best(const RunFolder& folder, const EpochMetrics& best) {
  const KeepState keep(*model_);
  load_weights(*model_, read_checkpoint(folder.best()).weights, folder.best());
  return evaluate_on(test_loader_, "test of the best", {best.epoch, best.step}, {}, nullptr);
}

bool Run::finish_epoch(const RunFolder& folder, const EpochMetrics& metrics, RunResult& result) {
  const bool is_best = !result.best || metrics.watched().accuracy > result.best->watched().accuracy;
  if (is_best) result.best = metrics;
  if (is_best) save(folder.best(), result.at, &metrics);
  if (result.at.epoch % config_.save_every == 0 || is_last(result.at)) {
    save(folder.last(), result.at, &metrics);
  }
  result.last = metrics;
  return is_best;
}

RunResult Run::train(const RunFolder& folder, const RunWatch& watch) {
  // Without a checkpoint it would only be in the way of the next run: then it goes, also with a second Ctrl-C.
  TemporaryFile config_alone(folder.config());
  replace_file(folder.config(), to_json(config_));
  const NoteMetrics note = {watch.warning};
  Outlook alone;
  if (!watch.outlook) plan(alone);
  manual_seed(config_.seed);
  RunResult result;
  try {
    for (;; ++result.at.epoch) {
      const EpochMetrics metrics =
          train_one_epoch(result.at, watch.test, watch.outlook ? watch.outlook : &alone);
      result.signal = interrupted();
      if (result.signal != 0) save(folder.last(), result.at, nullptr);
      const bool is_best = result.signal == 0 && finish_epoch(folder, metrics, result);
      config_alone.release();
      if (result.signal != 0) return result;
      note([&] { append_metrics(folder.metrics(), metrics); });
      watch.epoch(metrics, is_best);
      if (!is_last(result.at)) continue;
      if (validation_loader_) {
        result.best_on_test = is_best ? metrics.test : test_best(folder, *result.best);
      }
      result.signal =
          interrupted();  // then the last test has not seen all images; all files are written
      return result;
    }
  } catch (const NonFiniteError& error) {
    config_alone.release();  // the failure is a result
    note([&] { append_failure(folder.metrics(), error.epoch, error.step, error.what()); });
    throw;
  }
}

}  // namespace ek
