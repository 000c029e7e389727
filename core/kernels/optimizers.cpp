// One step of an optimizer: one pass over gradient, state and weight. These loops are left to the compiler's vectoriser.
// Compiled once per instruction set.
#include <cmath>
#include <cstdint>

#include "evenkeel/core/base/real.h"
#include "evenkeel/core/kernels/kernels.h"
#include "evenkeel/core/kernels/parts.h"

namespace ek::EVENKEEL_TABLE {

void sgd(std::int64_t n, const SgdStep& p, const Real* grad, Real* momentum, Real* weight) {
  const Real lr = p.lr, mu = p.momentum, share = p.gradient_share, decay = p.weight_decay;
  if (mu == 0) {
    for (std::int64_t i = 0; i < n; ++i) weight[i] -= lr * (grad[i] + decay * weight[i]);
    return;
  }
  for (std::int64_t i = 0; i < n; ++i) {
    const Real g = grad[i] + decay * weight[i], v = mu * momentum[i] + share * g;
    momentum[i] = v;
    weight[i] -= lr * (p.nesterov ? g + mu * v : v);
  }
}

void adam(std::int64_t n, const AdamStep& p, const Real* grad, Real* exp_avg, Real* exp_avg_sq,
          Real* weight) {
  for (std::int64_t i = 0; i < n; ++i) {
    const Real w = weight[i] * p.shrink;
    const Real g = grad[i] + p.weight_decay * w;
    const Real m = p.beta1 * exp_avg[i] + p.one_minus_beta1 * g;
    const Real v = p.beta2 * exp_avg_sq[i] + p.one_minus_beta2 * g * g;
    exp_avg[i] = m;
    exp_avg_sq[i] = v;
    weight[i] = w - p.step_size * m / (std::sqrt(v) + p.eps);
  }
}

}  // namespace ek::EVENKEEL_TABLE
