#include "apps/lab/probes/landscape.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <vector>

#include "apps/lab/probes/snapshot.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/ops/loss.h"
#include "evenkeel/core/tensor/autograd.h"
#include "evenkeel/core/tensor/tensor.h"

namespace ek {
namespace {

using Gradient = std::vector<Tensor>;  // of each parameter

double loss_of(Layer& model, const Batch& batch) {
  const NoGrad no_grad;
  return cross_entropy(model(batch.images), batch.labels).item();
}

/// The loss, and its gradient.
double loss_of(Layer& model, const Batch& batch, Gradient& gradient) {
  model.zero_grad();
  const Tensor loss = cross_entropy(model(batch.images), batch.labels);
  loss.backward();
  gradient.clear();
  for (const Tensor& parameter : model.parameters()) gradient.push_back(parameter.grad());
  return loss.item();
}

/// w -= step g
void move(Layer& model, const Gradient& g, double step) {
  std::vector<Tensor> parameters = model.parameters();
  for (std::size_t p = 0; p < parameters.size(); ++p)
    std::ranges::transform(parameters[p].mutable_data(), g[p].data(),
                           parameters[p].mutable_data().begin(),
                           [step](Real w, Real d) { return static_cast<Real>(w - step * d); });
}

double norm_of(const Gradient& g) {
  double squares = 0;
  for (const Tensor& t : g)
    for (const double v : t.data()) squares += v * v;
  return std::sqrt(squares);
}

double distance(const Gradient& a, const Gradient& b) {
  double squares = 0;
  for (std::size_t p = 0; p < a.size(); ++p)
    for (std::size_t i = 0; i < a[p].data().size(); ++i) {
      const double d = double{a[p].data()[i]} - b[p].data()[i];
      squares += d * d;
    }
  return std::sqrt(squares);
}

}  // namespace

Landscape landscape_along_gradient(Layer& model, const Batch& batch, double lr) {
  const Snapshot before(model);
  Gradient g, there;
  loss_of(model, batch, g);
  const double length = lr * norm_of(g);
  std::vector<double> losses;
  auto step = [&](double size) {
    before.restore();
    move(model, g, size * lr);
  };
  for (const double size :
       {1 / 2., std::numbers::sqrt2 / 2, std::numbers::sqrt2, 2., 2 * std::numbers::sqrt2}) {
    step(size);
    losses.push_back(loss_of(model, batch));
  }
  Landscape result = {};
  for (const double size : {4., 1.}) {
    step(size);
    losses.push_back(loss_of(model, batch, there));
    result.gradient_change = distance(there, g);
    result.smoothness = std::max(result.smoothness, result.gradient_change / (size * length));
  }
  result.lowest = std::ranges::min(losses);
  result.highest = std::ranges::max(losses);
  return result;
}

}  // namespace ek
