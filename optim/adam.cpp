#include "evenkeel/optim/adam.h"

#include <cmath>
#include <cstdint>
#include <vector>

#include "evenkeel/core/base/real.h"
#include "evenkeel/core/kernels/dispatch.h"
#include "evenkeel/core/kernels/kernels.h"

namespace ek {

Adam::Adam(const char* name, const std::vector<ParameterGroup>& groups, const AdamOptions& options,
           bool decoupled)
    : Optimizer(name, groups, options.lr, options.weight_decay, {"exp_avg", "exp_avg_sq"}),
      options_(options),
      decoupled_(decoupled) {
  check_option("beta1", options.beta1, 0, 1);
  check_option("beta2", options.beta2, 0, 1);
  check_option("eps", options.eps);
}

Adam::Update Adam::update(const StepOptions& options) const {
  const double t = static_cast<double>(options.step), lr = options.lr, decay = options.weight_decay;
  const double beta1 = options_.beta1, beta2 = options_.beta2;
  const double correction1 = 1 - std::pow(beta1, t),
               correction2_sqrt = std::sqrt(1 - std::pow(beta2, t));
  const AdamStep scalars = {.step_size = static_cast<Real>(lr / correction1 * correction2_sqrt),
                            .beta1 = static_cast<Real>(beta1),
                            .one_minus_beta1 = static_cast<Real>(1 - beta1),
                            .beta2 = static_cast<Real>(beta2),
                            .one_minus_beta2 = static_cast<Real>(1 - beta2),
                            .eps = static_cast<Real>(options_.eps * correction2_sqrt),
                            .weight_decay = static_cast<Real>(decoupled_ ? 0 : decay),
                            .shrink = static_cast<Real>(decoupled_ ? 1 - lr * decay : 1)};
  return [scalars](const Piece& piece) {
    kernels().adam(piece.count, scalars, piece.grad, piece.buffers[0], piece.buffers[1],
                   piece.weight);
  };
}

}  // namespace ek
