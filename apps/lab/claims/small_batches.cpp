// "Batch size too small": from which batch size down does BatchNorm lose to norms that do not look at the batch?
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "apps/lab/claim.h"
#include "apps/lab/claims.h"
#include "apps/lab/probes/norm_statistics.h"
#include "apps/lab/probes/small_batches.h"
#include "apps/lab/probes/small_convnet.h"
#include "apps/lab/probes/snapshot.h"
#include "apps/lab/statistics.h"
#include "apps/lab/trial.h"
#include "apps/training/config.h"
#include "apps/training/run.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/tensor/autograd.h"
#include "evenkeel/core/tensor/tensor.h"

namespace ek {
namespace {

using namespace small_batches_claim;

constexpr double kLrAt32 = 0.01;
constexpr std::int64_t kNoiseBatches = 16;

/// Whether a training step with a single image is an error.
void try_single_image(Training& t) {
  const Snapshot back(t.model);
  const NoGrad no_grad;
  bool refused = false;
  try {
    const Shape& image = t.data.info.image;
    t.model(Tensor::zeros({1, image[0], image[1], image[2]}));
  } catch (const std::invalid_argument&) {
    refused = true;
  }
  t.note("single_image_refused", refused);
}

/// What only BatchNorm has: statistics of a batch, and running ones.
void measure_statistics(Training& t) {
  const auto inputs =
      norm_inputs(t.model, training_loader(t.config, t.data), NormMode::training, kNoiseBatches);
  t.note("noise", noise_of_means(inputs.rbegin()->second));  // of the last norm
  t.note("anew_acc", reestimated_score(t).accuracy);
}

Trial trial_of(const Setting& setting, const Curve& curve, std::uint64_t seed, std::int64_t size) {
  const std::int64_t images = setting.pick(3072, 16384), seen = setting.pick(1, 3) * images;
  TrainConfig config = setting.config(seed, images, setting.pick(1000, 5000), seen / size);
  config.model = "convnet-8x8";
  config.width = 0.25;
  config.batch_size = size;
  config.norm = curve.norm;
  config.norm_groups = 4;
  config.lr = kLrAt32 * static_cast<double>(size) / 32;
  Trial trial = {.arm = arm(curve, size), .config = config};
  if (curve.norm == "batch") {
    trial.at_start = try_single_image;
    trial.at_end = measure_statistics;
  }
  if (curve.maps_only) {
    trial.config.width = 1;
    trial.make = make_small_convnet;
    trial.variant = "small-convnet";
  }
  return trial;
}

std::vector<Trial> plan(const Setting& setting) {
  std::vector<Trial> trials;
  for (const std::uint64_t seed : setting.seeds)
    for (const std::int64_t size : kSizes)
      for (const Curve& curve : kCurves)
        if (!curve.anew && curve.planned(size))
          trials.push_back(trial_of(setting, curve, seed, size));
  return trials;
}

std::vector<Test> tests_of(const Results& r) {
  const std::string unit = "points";
  return {{"accuracy at batch size 2, group norm minus BatchNorm", unit,
           r.difference(kGroup, kBatch, 2), above(0)},
          {"accuracy at batch size 4, group norm minus BatchNorm", unit,
           r.difference(kGroup, kBatch, 4), above(0)},
          {"that difference at 2 minus at 32", unit,
           paired(r.lost_at_2(kBatch), r.lost_at_2(kGroup)), above(0)}};
}

std::vector<Test> asides_of(const Results& r) {
  const std::vector<double> zeros(r.setting.seeds.size());
  const std::string unit = "points";
  return {{"accuracy at 2, layer norm minus BatchNorm", unit, r.difference(kLayer, kBatch, 2),
           above(0)},
          {"accuracy at 8, also below the note's 16, group norm minus BatchNorm", unit,
           r.difference(kGroup, kBatch, 8), above(0)},
          {"accuracy of BatchNorm at 2, statistics measured anew minus running", unit,
           r.difference(kAnew, kBatch, 2), above(0)},
          {"accuracy at 2 in the network of maps only, group norm minus BatchNorm", unit,
           r.difference(kMapsGroup, kMapsBatch, 2), above(0)},
          {"maps only, that difference at 2 minus at 32", unit,
           paired(r.lost_at_2(kMapsBatch), r.lost_at_2(kMapsGroup)), above(0)},
          {"BatchNorm's error at 2 minus at 32, 3 or more (Wu & He 2018)", unit,
           paired(r.lost_at_2(kBatch), zeros), above(3)},
          {"group norm's error at 2 minus at 32, within 1.5 (Wu & He 2018)", unit,
           paired(r.lost_at_2(kGroup), zeros), within(1.5)},
          {"group norm's error minus BatchNorm's at 32, above -1 (Wu & He 2018)", unit,
           r.difference(kBatch, kGroup, 32), above(-1)}};
}

std::string behind_text(std::int64_t size) {
  return size > 0 ? std::to_string(size) : "there is none";
}

Finding judge_sizes(const Setting& setting, const Records& records) {
  const Results r = {setting, records};
  Finding finding = {.tests = tests_of(r), .summary = {}, .asides = asides_of(r)};
  finding.summary = fmt::format(
      "BatchNorm gets {:.1f} % at batch size 32, {:.1f} % at 8 and {:.1f} % at 2, group norm "
      "{:.1f} %, {:.1f} % and {:.1f} %. The largest batch size at which group norm is ahead by its "
      "interval: {}; in the network whose norms see maps only: {}. With its statistics measured "
      "anew after training, BatchNorm gets {:.1f} % at 2.",
      r.mean(kBatch, 32), r.mean(kBatch, 8), r.mean(kBatch, 2), r.mean(kGroup, 32),
      r.mean(kGroup, 8), r.mean(kGroup, 2), behind_text(r.falls_behind(kGroup, kBatch)),
      behind_text(r.falls_behind(kMapsGroup, kMapsBatch)), r.mean(kAnew, 2));
  finding.plots = plots_of(r);
  finding.tables = tables_of(r);
  finding.caveats = {
      "Every arm sees the same images in the same order; a smaller batch makes more steps with a "
      "smaller rate (the linear rule, lr = 0.01 * N / 32). The rule holds only roughly, for every "
      "norm: compare norms at one size rather than sizes.",
      "The note's ConvNet has a BatchNorm1d: with two images it has two values per channel, and "
      "with one image training is an error, here as in PyTorch. The second network has only norms "
      "that see maps, at least 16 values per channel and image. It was the first that was tried, "
      "and its difference at 2 was too small for five seeds.",
      "BatchNorm suffers twice: in training from noisy statistics, and in inference from running "
      "statistics that average over few images (momentum 0.1: about ten batches). Statistics "
      "measured anew, over many training images, remove the second cause alone.",
      "Wu & He's numbers are for ResNet-50 on ImageNet and known here second-hand; their "
      "inequalities are asked of a much smaller network and a short training without a schedule.",
      "In the note's ConvNet, the instance norm of a vector is a layer norm: a vector has no map "
      "to average over."};
  return finding;
}

}  // namespace

Claim small_batches() {
  return {.id = "small-batches",
          .title = "Small batches",
          .sentence =
              "Batch Size Too Small: Noisy batch statistics → unstable training. Solution: Use "
              "GroupNorm or LayerNorm for batch_size < 16",
          .hypothesis =
              "At batch sizes 2 and 4 group norm is ahead of BatchNorm, and this is an effect of "
              "the small batch: at 2 it is further ahead than at 32.",
          .arms =
              "convnet-8x8 with a quarter of its channels, with BatchNorm, group norm (4 groups), "
              "layer norm, instance norm and no norm; batch sizes 1 to 128, the same number of "
              "images seen, SGD with momentum 0.9 and a rate in proportion to the batch size (0.01 "
              "at 32). Beside it BatchNorm and group norm in a network of three convolutions whose "
              "norms all see maps.",
          .measure =
              "Test accuracy after the last step; for BatchNorm also with statistics measured anew "
              "on the training images, and how far the mean of a batch lies from that of many.",
          .rule =
              "SUPPORTED if the intervals of the paired differences group norm minus BatchNorm at "
              "2 and at 4, and of the difference at 2 less that at 32, lie above 0 points.",
          .plan = plan,
          .judge = judge_sizes};
}

}  // namespace ek
