// convnet bench: how long training steps and inference take, on random images.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apps/convnet/commands.h"
#include "apps/convnet/options.h"
#include "apps/convnet/output.h"
#include "apps/convnet/profile_report.h"
#include "apps/training/build.h"
#include "apps/training/config.h"
#include "apps/training/digest.h"
#include "apps/training/errors.h"
#include "apps/training/metrics.h"
#include "apps/training/progress.h"
#include "apps/training/smallest_batch.h"
#include "apps/training/text_file.h"
#include "apps/training/trainer.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/kernels/dispatch.h"
#include "evenkeel/core/machine/parallel.h"
#include "evenkeel/core/machine/profile.h"
#include "evenkeel/core/ops/random.h"
#include "evenkeel/core/tensor/autograd.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/data/loader.h"
#include "evenkeel/layers/layer.h"

namespace ek {
namespace {

using nlohmann::ordered_json;

constexpr std::int64_t kChannels = 3, kClasses = 10, kWarmUp = 3;

/// Batch number `i`: square images of normal pixels, and uniform labels, drawn from the seed.
Batch random_batch(std::int64_t size, std::int64_t side, std::uint64_t seed, std::int64_t i) {
  Batch batch;
  batch.images = Tensor({size, kChannels, side, side});
  fill_normal(batch.images, 0, 1,
              Stream(Stream(seed, "bench images").key(), static_cast<std::uint64_t>(i)));
  const Stream labels(Stream(seed, "bench labels").key(), static_cast<std::uint64_t>(i));
  for (std::int64_t n = 0; n < size; ++n)
    batch.labels.push_back(static_cast<int>(labels.below(kClasses, static_cast<std::uint64_t>(n))));
  return batch;
}

struct Times {
  double median, min, max;
  std::size_t n;
};

Times summary(std::vector<double> ms) {
  std::ranges::sort(ms);
  const std::size_t n = ms.size();
  return {(ms[(n - 1) / 2] + ms[n / 2]) / 2, ms.front(), ms.back(), n};
}

/// Milliseconds that work(batch) takes, for every batch after the warm-up; `events`, unless null, receives its ops.
template <typename Work>
Times time_batches(const Options& options, const char* title, std::vector<ProfileEvent>* events,
                   Work work) {
  const TrainConfig& config = options.config;
  const std::int64_t steps = options.steps;
  Progress progress(title, kWarmUp + steps,
                    {.quiet = config.quiet, .print_freq = config.print_freq});
  std::vector<double> ms;
  for (std::int64_t i = 0; i < kWarmUp + steps; ++i) {
    const Batch batch = random_batch(config.batch_size, options.image_size, config.seed, i);
    std::optional<Profiling> profiling;
    if (events && i >= kWarmUp) profiling.emplace(*events);
    const auto start = std::chrono::steady_clock::now();
    work(batch);
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    if (i >= kWarmUp) ms.push_back(took.count());
    progress.step(config.batch_size,
                  i < kWarmUp ? "warm-up" : fmt::format("{:.1f} ms", took.count()));
  }
  return summary(std::move(ms));
}

ordered_json as_json(const Times& t) {
  return {{"median", t.median}, {"min", t.min}, {"max", t.max}, {"n", t.n}};
}

void print_table(Output& out, const ordered_json& r) {
  out.print("{}, norm {}, {}, batch {}, {} thread(s), {} kernels\n", r["model"].get<std::string>(),
            r["norm"].get<std::string>(), r["optimizer"].get<std::string>(),
            r["batch_size"].get<std::int64_t>(), r["threads"].get<int>(),
            r["cpu"].get<std::string>());
  out.print("{:<14} {:>10} {:>10} {:>10} {:>5}\n", "ms", "median", "min", "max", "n");
  for (const char* key : {"train_step_ms", "eval_batch_ms"}) {
    const auto& t = r[key];
    out.print("{:<14} {:>10.2f} {:>10.2f} {:>10.2f} {:>5}\n",
              key == std::string("train_step_ms") ? "training step" : "inference",
              t["median"].get<double>(), t["min"].get<double>(), t["max"].get<double>(),
              t["n"].get<int>());
  }
  out.print("{:.0f} images/s in training, peak memory {:.0f} MB\nweights sha256 {}\n",
            r["images_per_second"].get<double>(), r["peak_rss_mb"].get<double>(),
            r["weights_sha256"].get<std::string>());
}

ordered_json as_json(const TrainConfig& config, const Times& step, const Times& inference,
                     const std::string& weights_sha256) {
  return {{"model", config.model},
          {"batch_size", config.batch_size},
          {"norm", config.norm},
          {"optimizer", config.optimizer},
          {"threads", num_threads()},
          {"train_step_ms", as_json(step)},
          {"eval_batch_ms", as_json(inference)},
          {"images_per_second", 1000 * static_cast<double>(config.batch_size) / step.median},
          {"peak_rss_mb", peak_rss_mb()},
          {"cpu", kernels().name},
          {"weights_sha256", weights_sha256}};
}

}  // namespace

int run_bench(const Options& options) {
  const TrainConfig& config = options.config;
  Output out(options.command, Output::OnFailure::fail);
  const Shape image = {kChannels, options.image_size, options.image_size};
  const auto model = checking_flags(
      [&] { return make_model(config.model, model_options(config, image, kClasses)); });
  try_smallest_batch(*model, image, config.batch_size, config);
  model->initialize({config.seed, config.init_gain});
  manual_seed(config.seed);
  const auto optimizer = make_optimizer(config, *model);

  std::vector<ProfileEvent> events;
  const bool traced = !options.trace.empty(), profiled = traced || options.profile;
  // A path that cannot be written to fails before the work.
  if (traced) write_text(options.trace, "", WriteMode::append);
  model->train();
  const Times step =
      time_batches(options, "training", profiled ? &events : nullptr, [&](const Batch& batch) {
        const ProfileScope scope(kTrainingStep, batch.images.shape());
        train_step(*model, *optimizer, batch.images, batch.labels, config.label_smoothing);
      });
  const EvalMode eval_mode(*model);
  const NoGrad no_grad;
  const Times inference = time_batches(options, "inference", nullptr,
                                       [&](const Batch& batch) { (*model)(batch.images); });

  if (traced) write_trace(options.trace, events);
  const std::vector<ProfileRow> profile = profile_rows(events);
  ordered_json result = as_json(config, step, inference, sha256(model->state_dict()));
  if (options.profile) result["profile"] = as_json(profile);
  if (options.json)
    out.write(result.dump(2) + "\n");
  else
    print_table(out, result);
  if (options.profile && !options.json) out.print("\n{}", format_profile(profile));
  return 0;
}

}  // namespace ek
