#include "apps/training/nonfinite.h"

#include <algorithm>
#include <cmath>

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/tensor/autograd.h"
#include "evenkeel/core/tensor/tensor.h"

namespace ek {

std::string describe_nonfinite(Layer& model, const Tensor& images) {
  std::string first;
  const NoGrad no_grad;
  const ForwardObserver observer([&](const std::string& path, const Layer& layer, const Tensor&,
                                     const Tensor& y) {
    if (!first.empty() || std::ranges::all_of(y.data(), [](Real v) { return std::isfinite(v); }))
      return;
    first = path.empty() ? layer.describe() : text(path, " (", layer.describe(), ")");
  });
  model(images);
  if (first.empty()) return "all layers' outputs are finite, the loss of the last one's is not";
  return "the first output that is not finite is that of " + first;
}

}  // namespace ek
