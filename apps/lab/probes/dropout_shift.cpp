#include "apps/lab/probes/dropout_shift.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "apps/lab/probes/norm_statistics.h"
#include "apps/training/run_data.h"
#include "apps/training/trainer.h"
#include "evenkeel/core/base/norm_view.h"
#include "evenkeel/core/fast/row_moments.h"
#include "evenkeel/core/ops/normalize.h"
#include "evenkeel/core/ops/random.h"
#include "evenkeel/core/tensor/autograd.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/data/loader.h"
#include "evenkeel/layers/functions.h"
#include "evenkeel/layers/layer.h"
#include "evenkeel/layers/norm.h"
#include "evenkeel/layers/sequential.h"

namespace ek {
namespace {

constexpr std::int64_t kRows = 1000, kColumns = 8, kBatches = 10;

Tensor normals(std::uint64_t seed, std::int64_t batch) {
  Tensor x({kRows, kColumns});
  fill_normal(x, 0, 1,
              Stream(Stream(seed, "normal shift").key(), static_cast<std::uint64_t>(batch)));
  return x;
}

double variance(const Tensor& x) {
  return row_moments(x.numel(), x.data().data()).squares / static_cast<double>(x.numel());
}

std::vector<double> values_of(const Layer& model, const std::string& name) {
  const auto data = std::get<Tensor>(*model.state_dict().find(name)).data();
  return {data.begin(), data.end()};
}

}  // namespace

NormalShift normal_shift(double keep, std::uint64_t seed) {
  const NoGrad no_grad;
  const Generator before = default_generator();  // whose numbers are the training's
  manual_seed(seed);
  Sequential layers(Dropout(1 - keep), BatchNorm1d(kColumns, {.momentum = std::nullopt}));
  for (std::int64_t batch = 0; batch < kBatches; ++batch) layers(normals(seed, batch));
  default_generator() = before;
  layers.eval();
  double running = 0;
  for (const double v : values_of(layers, "1.running_var")) running += v / kColumns;
  // A sample variance has the variance (fourth moment - var^2) / n. Behind dropout the moments of a standard normal, 1
  // and 3, are 1 / keep and 3 / keep^3.
  const double n = kRows * kColumns * kBatches;
  const double error = std::sqrt((3 / std::pow(keep, 3) - 1 / std::pow(keep, 2)) / n);
  return {running, error, variance(layers(normals(seed, kBatches)))};
}

Shift shift_between(std::span<const double> moving, std::span<const double> real) {
  double ratio = 0, moving_over_real = 0, count = 0;
  for (std::size_t c = 0; c < moving.size(); ++c) {
    if (!(moving[c] > 0 && real[c] > 0)) continue;
    ratio += std::max(moving[c] / real[c], real[c] / moving[c]);
    moving_over_real += moving[c] / real[c];
    ++count;
  }
  return count > 0 ? Shift{ratio / count, moving_over_real / count} : Shift{1, 1};
}

Shift trained_shift(const Training& training, const std::string& path) {
  const RunData& data = training.data;
  const DataLoader images = evaluation_loader(data.train, data.info.normalization);
  const Moments real = together(norm_inputs(training.model, images, NormMode::inference).at(path));
  return shift_between(values_of(training.model, path + ".running_var"), real.var);
}

}  // namespace ek
