#include "apps/lab/probes/modes.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <numeric>
#include <vector>

#include "apps/lab/probes/snapshot.h"
#include "apps/training/run_data.h"
#include "evenkeel/core/ops/activation.h"
#include "evenkeel/core/ops/random.h"
#include "evenkeel/core/tensor/autograd.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/data/dataset.h"
#include "evenkeel/data/loader.h"
#include "evenkeel/layers/layer.h"

namespace ek {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

std::int64_t class_of(const std::vector<double>& p) {
  return std::ranges::max_element(p) - p.begin();
}

/// In the mode that the model is in.
Probabilities pass(Layer& model, const RunData& data, const Indices& order, std::int64_t size) {
  const NoGrad no_grad;
  Probabilities all(order.size());
  for (const Indices& indices : batches_of(order, size)) {
    const Batch batch = make_batch(*data.test, data.info.normalization, indices);
    const Tensor p = softmax(model(batch.images), 1);  // [N, K]
    const auto classes = static_cast<std::size_t>(p.dim(1));
    for (std::size_t n = 0; n < indices.size(); ++n) {
      const auto row = p.data().subspan(n * classes, classes);
      all[static_cast<std::size_t>(indices[n])].assign(row.begin(), row.end());
    }
  }
  return all;
}

}  // namespace

std::vector<Indices> batches_of(const Indices& order, std::int64_t size) {
  const std::int64_t images = std::ssize(order), count = std::max<std::int64_t>(1, images / size);
  std::vector<Indices> batches;
  for (std::int64_t b = 0; b < count; ++b)
    batches.emplace_back(order.begin() + images * b / count,
                         order.begin() + images * (b + 1) / count);
  return batches;
}

Indices shuffled(const Dataset& images, std::uint64_t seed, std::uint64_t number) {
  return permutation(images.size(), Stream(Stream(seed, "test order").key(), number));
}

Indices sorted_by_class(const Dataset& images) {
  Indices order(static_cast<std::size_t>(images.size()));
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, {}, [&](std::int64_t i) { return images.label(i); });
  return order;
}

Probabilities probabilities(Layer& model, const RunData& data, const Indices& order,
                            std::int64_t size, Mode mode) {
  const Snapshot before(model);
  model.train(mode == Mode::training);
  try {
    return pass(model, data, order, size);
  } catch (const LayerError&) {
    return {};
  }
}

double accuracy_of(const Probabilities& p, const Dataset& images) {
  if (p.empty()) return kNone;
  double correct = 0;
  for (std::size_t i = 0; i < p.size(); ++i)
    correct += class_of(p[i]) == images.label(static_cast<std::int64_t>(i));
  return 100 * correct / static_cast<double>(p.size());
}

double changed(const Probabilities& a, const Probabilities& b) {
  if (a.empty() || b.empty()) return kNone;
  double count = 0;
  for (std::size_t i = 0; i < a.size(); ++i) count += class_of(a[i]) != class_of(b[i]);
  return 100 * count / static_cast<double>(a.size());
}

double accuracy_after_a_pass(Layer& model, const RunData& data, const Indices& order,
                             std::int64_t size) {
  const Snapshot before(model);
  pass(model, data, order, size);
  model.eval();
  return accuracy_of(pass(model, data, order, 128), *data.test);
}

}  // namespace ek
