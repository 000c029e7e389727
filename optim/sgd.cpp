#include "evenkeel/optim/sgd.h"

#include <cstdint>
#include <string>
#include <vector>

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/kernels/dispatch.h"
#include "evenkeel/core/kernels/kernels.h"

namespace ek {

SGD::SGD(const std::vector<ParameterGroup>& groups, const SgdOptions& options)
    : Optimizer("SGD", groups, options.lr, options.weight_decay,
                options.momentum == 0 ? std::vector<std::string>{}
                                      : std::vector<std::string>{"momentum_buffer"}),
      options_(options) {
  check_option("momentum", options.momentum);
  check_option("dampening", options.dampening);
  check(!options.nesterov || (options.momentum > 0 && options.dampening == 0),
        "SGD: nesterov needs a momentum above 0 and no dampening, got momentum ", options.momentum,
        ", dampening ", options.dampening);
}

SGD::Update SGD::update(const StepOptions& options) const {
  const double gradient_share = options.step == 1 ? 1 : 1 - options_.dampening;
  const SgdStep scalars = {.lr = static_cast<Real>(options.lr),
                           .momentum = static_cast<Real>(options_.momentum),
                           .gradient_share = static_cast<Real>(gradient_share),
                           .weight_decay = static_cast<Real>(options.weight_decay),
                           .nesterov = options_.nesterov};
  return [scalars](const Piece& piece) {
    Real* momentum =
        piece.buffers[0] ? piece.buffers[0] : piece.weight;  // without one it is not read
    kernels().sgd(piece.count, scalars, piece.grad, momentum, piece.weight);
  };
}

}  // namespace ek
