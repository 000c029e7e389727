// "Regularization: adds noise via batch statistics": is the gap between training and test smaller with BatchNorm, and
// how much do the other images of a batch move an image's logits?
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "apps/lab/claim.h"
#include "apps/lab/claims.h"
#include "apps/lab/figures.h"
#include "apps/lab/probes/batch_noise.h"
#include "apps/lab/record.h"
#include "apps/lab/statistics.h"
#include "apps/lab/trial.h"
#include "apps/report/page.h"
#include "apps/training/config.h"
#include "apps/training/trainer.h"

namespace ek {
namespace {

const std::vector<std::pair<std::string, std::string>> kArms = {{"batch", "BatchNorm"},
                                                                {"none", "without norm"}};
const std::vector<double> kBatchSizes = {8, 32, 128, 512};
constexpr std::int64_t kProbeImages = 6, kDraws = 10;
constexpr double kNoNoise = 1e-6;  // below that it is rounding

std::string arm(const std::string& norm, double batch_size) {
  return norm + "-batch-" + short_number(batch_size);
}

void measure(Training& t) {
  const Score train = t.train_score();
  t.note("train_acc", train.accuracy);
  t.note("train_score_loss", train.loss);
  if (t.config.norm != "batch") return;  // no image of a batch knows of another
  const BatchNoise noise = batch_noise(t, kProbeImages, kDraws);
  t.note("noise", noise.noise);
  t.note("signal", noise.signal);
}

TrainConfig config_of(const Setting& setting, std::uint64_t seed, const std::string& norm,
                      double batch_size) {
  TrainConfig config = setting.config(seed, setting.pick(512, 2048), setting.pick(2000, 10000), 0);
  config.epochs = setting.pick(50, 100);
  config.model = "convnet-8x8";
  config.width = setting.pick(0.25, 1.0);
  config.norm = norm;
  config.batch_size = static_cast<std::int64_t>(batch_size);
  config.optimizer = "adam";
  config.lr = 0.001 * std::sqrt(batch_size / kBatchSizes.front());
  return config;
}

std::vector<Trial> plan(const Setting& setting) {
  std::vector<Trial> trials;
  for (const std::uint64_t seed : setting.seeds)
    for (const double size : kBatchSizes)
      for (const auto& [norm, name] : kArms)
        trials.push_back(
            {.arm = arm(norm, size),
             .config = config_of(setting, seed, norm, size),
             .at_end = measure,
             .variant = fmt::format("noise of {} images, {} draws", kProbeImages, kDraws)});
  return trials;
}

double train_accuracy(const Record& r) {
  return r.has("train_acc") ? 100 * r.last("train_acc") : final_accuracy(r);
}

/// Training - test accuracy, in points. A run that became non-finite has none: it leaves the claim open.
double gap(const Record& r) {
  return r.diverged > 0 ? std::nan("") : train_accuracy(r) - final_accuracy(r);
}

/// In units of the signal.
double noise(const Record& r) {
  if (r.diverged > 0) return std::nan("");
  if (!r.has("noise") || !(r.last("signal") > 0)) return kNoNoise;
  return std::max(kNoNoise, r.last("noise") / r.last("signal"));
}

using Measure = double (*)(const Record&);

/// The mean over the batch sizes, for each seed.
std::vector<double> over_sizes(const Setting& setting, const Records& records,
                               const std::string& norm, Measure measure) {
  std::vector<double> means;
  for (const std::uint64_t seed : setting.seeds) {
    double sum = 0;
    for (const double size : kBatchSizes) sum += measure(records.at(arm(norm, size), seed));
    means.push_back(sum / double(kBatchSizes.size()));
  }
  return means;
}

/// How much more of the gap BatchNorm closes with this batch size: none's gap - BatchNorm's, for each seed.
std::vector<double> gain(const Setting& setting, const Records& records, double size) {
  std::vector<double> gains;
  for (const std::uint64_t seed : setting.seeds)
    gains.push_back(gap(records.at(arm("none", size), seed)) -
                    gap(records.at(arm("batch", size), seed)));
  return gains;
}

std::vector<double> log2_noise(const Setting& setting, const Records& records, double size) {
  return records.each(arm("batch", size), setting.seeds,
                      [](const Record& r) { return std::log2(noise(r)); });
}

Series over_sizes_series(const Setting& setting, const Records& records, const std::string& norm,
                         const std::string& name, Measure measure) {
  std::vector<std::vector<double>> runs;
  for (const std::uint64_t seed : setting.seeds) {
    runs.emplace_back();
    for (const double size : kBatchSizes)
      runs.back().push_back(measure(records.at(arm(norm, size), seed)));
  }
  return over_seeds(name, kBatchSizes, runs);
}

std::vector<Plot> plots(const Setting& setting, const Records& records) {
  Plot gaps = {.title = "Gap between training and test accuracy",
               .x_label = "batch size",
               .y_label = "gap, points",
               .series = {},
               .log_x = true};
  for (const auto& [norm, name] : kArms)
    gaps.series.push_back(over_sizes_series(setting, records, norm, name, gap));
  Plot noises = {.title = "How much the rest of the batch moves an image's logits, with BatchNorm",
                 .x_label = "batch size",
                 .y_label = "sd over batches / sd over images",
                 .series = {over_sizes_series(setting, records, "batch", "measured", noise)},
                 .log_x = true,
                 .log_y = true};
  Series expected = {.name = "1 / sqrt(batch size)", .x = kBatchSizes, .y = {}};
  const double first = noises.series[0].y.front();
  for (const double size : kBatchSizes)
    expected.y.push_back(first * std::sqrt(kBatchSizes.front() / size));
  noises.series.push_back(expected);
  return {gaps, noises};
}

Table numbers(const Setting& setting, const Records& records) {
  Table table = {
      .caption =
          "Mean and sd over the seeds; accuracies in percent, noise as a share of the signal",
      .rows = {{"batch size", "arm", "training", "test", "gap", "noise"}},
      .align = "rlrrrr"};
  for (const double size : kBatchSizes)
    for (const auto& [norm, name] : kArms) {
      auto cell = [&, &norm = norm](Measure measure, int decimals) {
        return mean_and_sd(records.each(arm(norm, size), setting.seeds, measure), decimals);
      };
      table.rows.push_back({short_number(size), name, cell(train_accuracy, 1),
                            cell(final_accuracy, 1), cell(gap, 1),
                            norm == "batch" ? cell(noise, 3) : "0"});
    }
  return table;
}

Finding judge_gap(const Setting& setting, const Records& records) {
  const double smallest = kBatchSizes.front(), largest = kBatchSizes.back();
  const std::vector<double> batch = over_sizes(setting, records, "batch", gap);
  const std::vector<double> none = over_sizes(setting, records, "none", gap);
  Finding finding;
  finding.tests = {
      {"gap of training and test accuracy, without norm minus BatchNorm", "points",
       paired(none, batch), above(0)},
      {"noise in an image's logits, batches of 8 against batches of 512", "powers of 2",
       paired(log2_noise(setting, records, smallest), log2_noise(setting, records, largest)),
       above(0), Ratio{2, "more noise", "less noise"}}};
  finding.asides = {
      {"what BatchNorm takes off the gap, batches of 8 minus batches of 512", "points",
       paired(gain(setting, records, smallest), gain(setting, records, largest)), above(0)},
      {"test accuracy, BatchNorm minus without norm", "points",
       paired(over_sizes(setting, records, "batch", final_accuracy),
              over_sizes(setting, records, "none", final_accuracy)),
       above(0)}};
  finding.summary = fmt::format(
      "The gap is {:.1f} points with BatchNorm and {:.1f} without (means over batch sizes and "
      "seeds). The rest of its batch moves an image's logits by {:.0f} % of their spread over "
      "images with batches of 8 and {:.0f} % with batches of 512.",
      mean_of(batch), mean_of(none),
      100 * mean_of(records.each(arm("batch", smallest), setting.seeds, noise)),
      100 * mean_of(records.each(arm("batch", largest), setting.seeds, noise)));
  finding.plots = plots(setting, records);
  finding.tables = {numbers(setting, records)};
  finding.caveats = {
      "A gap is small also where a network has not learnt its training images: see the column of "
      "training accuracies.",
      "The noise is there or not; that it is the noise that closes a gap follows only if the gap "
      "closes more where there is more of it: see the first row beside the verdict's.",
      "Few training images and no augmentation, so that there is something to learn by heart.",
      "The rate grows with the square root of the batch size, as is usual for Adam; all batch "
      "sizes see the same number of images, so large batches make fewer steps."};
  return finding;
}

}  // namespace

Claim regularization() {
  return {
      .id = "regularization",
      .title = "Regularization",
      .sentence = "Regularization: Adds noise via batch statistics",
      .hypothesis =
          "With BatchNorm the gap between training and test accuracy is smaller, and the noise "
          "that the other images of a batch add to an image's logits is smaller in large batches.",
      .arms =
          "convnet-8x8 (in quick with a quarter of its channels) with BatchNorm and without any "
          "norm; batches of 8, 32, 128 and 512; Adam, rate 0.001 sqrt(batch size / 8); 512 "
          "training images 50 times (full: 2,048, 100 times), the same number of images for every "
          "batch size.",
      .measure =
          "Gap: training minus test accuracy at the end, both in inference mode. Noise: six test "
          "images, each in ten batches of the arm's size with other training images, drawn with "
          "replacement, in training mode; sd of the logits over the batches, as a share of their "
          "sd over test images in inference mode. A run that becomes non-finite has neither: it "
          "leaves the claim open.",
      .rule =
          "SUPPORTED if the intervals of the paired differences lie above 0: of the gap (without "
          "norm minus BatchNorm, mean over the batch sizes), and of the logarithm of the noise "
          "(batches of 8 minus batches of 512: more noise in the small ones).",
      .plan = plan,
      .judge = judge_gap};
}

}  // namespace ek
