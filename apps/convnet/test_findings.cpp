#include "apps/convnet/test_findings.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <tuple>
#include <vector>

#include "evenkeel/core/base/real.h"
#include "evenkeel/core/ops/activation.h"
#include "evenkeel/core/ops/loss.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/data/loader.h"

namespace ek {
void add_batch(TestFindings& findings, const Batch& batch, const Tensor& logits) {
  const auto classes = static_cast<std::size_t>(logits.shape()[1]);
  if (findings.confusion.empty()) findings.confusion = empty_confusion(classes);
  count_predictions(findings.confusion, batch, logits);

  const std::vector<int> predicted = argmax_rows(logits);
  const Tensor probabilities = softmax(logits.detach());  // [N, K]
  for (std::size_t i = 0; i < predicted.size(); ++i) {
    if (predicted[i] == batch.labels[i]) continue;
    const std::span<const Real> p = probabilities.data().subspan(i * classes, classes);
    const Mistake m = {batch.indices[i], batch.labels[i], predicted[i],
                       p[static_cast<std::size_t>(batch.labels[i])],
                       p[static_cast<std::size_t>(predicted[i])]};
    if (std::isfinite(m.true_probability))
      findings.worst.push_back(m);  // NaN would have no place in the order
  }
  // The loss is -log of the true class's probability. Of equal ones the first image comes first.
  std::ranges::sort(findings.worst, {},
                    [](const Mistake& m) { return std::tuple(m.true_probability, m.image); });
  if (findings.worst.size() > kWorstMistakes) findings.worst.resize(kWorstMistakes);
}

}  // namespace ek
