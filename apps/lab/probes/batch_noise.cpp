#include "apps/lab/probes/batch_noise.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <vector>

#include "apps/lab/statistics.h"
#include "apps/training/keep_state.h"
#include "apps/training/run_data.h"
#include "evenkeel/core/ops/random.h"
#include "evenkeel/core/ops/reshape.h"
#include "evenkeel/core/tensor/autograd.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/data/dataset.h"
#include "evenkeel/data/loader.h"
#include "evenkeel/layers/layer.h"

namespace ek {
namespace {

constexpr std::int64_t kSignalImages = 256;

/// The variance over rows of logits, mean over the classes.
double mean_variance(const std::vector<std::vector<double>>& rows) {
  double sum = 0;
  const std::size_t classes = rows.front().size();
  for (std::size_t k = 0; k < classes; ++k) {
    std::vector<double> values;
    for (const std::vector<double>& row : rows) values.push_back(row[k]);
    sum += std::pow(sd_of(values), 2);
  }
  return sum / static_cast<double>(classes);
}

std::vector<std::vector<double>> rows_of(const Tensor& logits) {
  std::vector<std::vector<double>> rows;
  const auto values = logits.data();
  const auto classes = static_cast<std::size_t>(logits.dim(1));
  for (std::size_t at = 0; at < values.size(); at += classes)
    rows.emplace_back(values.data() + at, values.data() + at + classes);
  return rows;
}

/// [count, C, H, W]
Tensor test_images(const RunData& data, std::int64_t first, std::int64_t count) {
  std::vector<std::int64_t> indices(static_cast<std::size_t>(count));
  std::iota(indices.begin(), indices.end(), first);
  return make_batch(*data.test, data.info.normalization, indices).images;
}

/// The rest of a batch: training images, drawn anew for each number, with replacement: without, batches as large as the
/// training set would all be the same.
Tensor random_others(const Training& t, std::int64_t number) {
  const Dataset& train = *t.data.train;
  const Stream stream(t.config.seed, static_cast<std::uint64_t>(number));
  std::vector<std::int64_t> indices;
  for (std::int64_t i = 1; i < t.config.batch_size; ++i)
    indices.push_back(static_cast<std::int64_t>(
        stream.below(static_cast<std::uint64_t>(train.size()), static_cast<std::uint64_t>(i))));
  return make_batch(train, t.data.info.normalization, indices).images;
}

}  // namespace

BatchNoise batch_noise(const Training& t, std::int64_t images, std::int64_t draws) {
  const NoGrad no_grad;
  const EvalMode modes(t.model);
  const KeepState keep(t.model);
  const auto tests =
      rows_of(t.model(test_images(t.data, 0, std::min(kSignalImages, t.data.test->size()))));
  t.model.train();
  images = std::min(images, t.data.test->size());
  double noise = 0;
  for (std::int64_t i = 0; i < images; ++i) {
    std::vector<std::vector<double>> rows;
    for (std::int64_t d = 0; d < draws; ++d)
      rows.push_back(
          rows_of(t.model(cat({test_images(t.data, i, 1), random_others(t, i * draws + d)})))
              .front());
    noise += mean_variance(rows) / static_cast<double>(images);
  }
  return {std::sqrt(noise), std::sqrt(mean_variance(tests))};
}

}  // namespace ek
