#include "apps/training/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "apps/training/build.h"
#include "apps/training/errors.h"
#include "apps/training/interrupt.h"
#include "apps/training/open_data.h"
#include "apps/training/smallest_batch.h"
#include "core/check.h"
#include "core/file.h"
#include "core/replace_file.h"

namespace ek {
namespace {

LoaderOptions loader_options(const TrainConfig& c) {
  return {.batch_size = c.batch_size,
          .seed = c.seed,
          .drop_last = c.drop_last == "auto"  ? DropLast::automatic
                       : c.drop_last == "yes" ? DropLast::yes
                                              : DropLast::no};
}

std::shared_ptr<const Dataset> limited(std::shared_ptr<const Dataset> data, std::int64_t limit) {
  if (limit == 0 || limit >= data->size()) return data;
  return std::make_shared<Subset>(std::move(data), limit);
}

}  // namespace

RunData open_run_data(const TrainConfig& config) {
  const Waiting waiting("reading the data set", config.quiet);
  DataSource source = checking_flags([&] { return open_data(config.dataset, config.data); });
  DataInfo info = {source.train->name(), source.train->image_shape(), source.train->class_names(),
                   measure_normalization(*source.train)};
  return limited({std::move(source.train), std::move(source.test), std::move(info), std::move(source.description)},
                 config.limit_train, config.limit_test);
}

RunData limited(RunData data, std::int64_t train, std::int64_t test) {
  data.train = limited(std::move(data.train), train);
  data.test = limited(std::move(data.test), test);
  return data;
}

DataLoader training_loader(const TrainConfig& config, const RunData& data) {
  const std::vector<std::string>& classes = data.info.class_names;
  check_data(classes.size() > 1, data.description, ": there is nothing to tell apart with ", classes.size(),
             " class(es) (", printable(joined(classes)), "), expected two or more; each class is a folder of images");
  return checking_flags([&] { return DataLoader(data.train, data.info.normalization, loader_options(config)); });
}

Run::Run(const TrainConfig& config, const RunData& data)
    : config_(config),
      data_(data.info),
      train_loader_(training_loader(config, data)),
      test_loader_(evaluation_loader(data.test, data.info.normalization)) {
  config_.dataset = data_.dataset;  // what "auto" has found, so that config.json names it
  checking_flags([&] {
    model_ = make_model(config_, data_);
    optimizer_ = make_optimizer(config_, *model_);
    const std::int64_t images = data.train->size() - train_loader_.dropped();
    try_smallest_batch(*model_, data_.image, images - (train_loader_.steps() - 1) * config_.batch_size, config_);
  });
  model_->initialize({config_.seed, config_.init_gain});
  if (!config_.init.empty()) load_initial_weights();
}

void Run::load_initial_weights() { load_weights(*model_, read_checkpoint(config_.init).weights, config_.init); }

bool Run::is_last(const Position& at) const {
  return at.epoch == config_.epochs || (config_.max_steps > 0 && at.step >= config_.max_steps);
}

void Run::save(const std::filesystem::path& file, const Position& at, std::optional<double> accuracy) const {
  write_checkpoint(file, *model_, {config_, data_, {at.epoch, at.step, accuracy}});
}

void Run::plan(Outlook& outlook) const {
  const std::int64_t steps = train_loader_.steps();
  const std::int64_t in_all =
      config_.max_steps > 0 ? std::min(steps * config_.epochs, config_.max_steps) : steps * config_.epochs;
  const std::int64_t epochs = (in_all + steps - 1) / steps;
  outlook.plan(training_part(), "training", in_all);
  outlook.plan(test_part(), "test", epochs * test_loader_.steps());
}

void Run::drop(Outlook& outlook) const {
  outlook.drop(training_part());
  outlook.drop(test_part());
}

EpochMetrics Run::train_one_epoch(Position& at, const LogitsWatch& test, Outlook* outlook) {
  EpochMetrics m{};
  m.lr = optimizer_->lr();
  const std::int64_t steps =
      config_.max_steps > 0 ? std::min(train_loader_.steps(), config_.max_steps - at.step) : train_loader_.steps();
  const auto start = std::chrono::steady_clock::now();
  {
    Progress bar(fmt::format("epoch {}/{}", at.epoch, config_.epochs), steps, progress(), {outlook, training_part()});
    m.train = train_epoch(*model_, *optimizer_, train_loader_, at, {config_.label_smoothing, config_.max_steps}, bar);
  }
  m.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  m.images_per_second = static_cast<double>(m.train.images) / m.seconds;
  m.epoch = at.epoch;
  m.step = at.step;
  if (interrupted()) return m;

  Progress bar(fmt::format("epoch {}/{} test", at.epoch, config_.epochs), test_loader_.steps(), progress(),
               {outlook, test_part()});
  m.test = evaluate(*model_, test_loader_, bar, test);
  if (!std::isfinite(m.test.loss))
    throw NonFiniteError(
        fmt::format("epoch {}, step {}: the test loss is {}, expected a finite number; the weights after "
                    "this step are not usable; try a smaller --lr",
                    at.epoch, at.step, std::abs(m.test.loss)),
        at.epoch, at.step);
  return m;
}

RunResult Run::train(const RunFolder& folder, const RunWatch& watch) {
  replace_file(folder.config(), to_json(config_));
  bool warned = false;
  const auto note = [&](auto append) {  // a lost line of metrics is no reason to lose the training
    try {
      append();
    } catch (const std::runtime_error& error) {
      if (!std::exchange(warned, true)) watch.warning(error.what());
    }
  };
  Outlook alone;
  if (!watch.outlook) plan(alone);
  Outlook* const outlook = watch.outlook ? watch.outlook : &alone;
  manual_seed(config_.seed);
  RunResult result;
  Position& at = result.at;
  try {
    for (;; ++at.epoch) {
      const EpochMetrics metrics = train_one_epoch(at, watch.test, outlook);
      if ((result.signal = interrupted()) != 0) {
        save(folder.last(), at, {});
        return result;
      }
      const bool best = !result.best || metrics.test.accuracy > result.best->test.accuracy;
      if (best) result.best = metrics;
      if (best) save(folder.best(), at, metrics.test.accuracy);
      if (at.epoch % config_.save_every == 0 || is_last(at)) save(folder.last(), at, metrics.test.accuracy);
      note([&] { append_metrics(folder.metrics(), metrics); });
      watch.epoch(metrics, best);
      if (is_last(at)) return result;
    }
  } catch (const NonFiniteError& error) {
    note([&] { append_failure(folder.metrics(), error.epoch, error.step, error.what()); });
    throw;
  }
}

}  // namespace ek
