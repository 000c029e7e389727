#include "optim/sgd.h"

#include "core/deferred.h"
#include "core/kernels/dispatch.h"

namespace ek {

SGD::SGD(const std::vector<ParameterGroup>& groups, const SgdOptions& options)
    : Optimizer("SGD", groups, options.lr, options.weight_decay,
                options.momentum == 0 ? std::vector<std::string>{} : std::vector<std::string>{"momentum_buffer"}),
      options_(options) {
  check_option("momentum", options.momentum);
  check_option("dampening", options.dampening);
  check(!options.nesterov || (options.momentum > 0 && options.dampening == 0),
        "SGD: nesterov needs a momentum above 0 and no dampening, got momentum ", options.momentum, ", dampening ",
        options.dampening);
}

void SGD::update(Slot& slot, std::int64_t step, double lr) {
  const SgdStep scalars = {.lr = static_cast<Real>(lr),
                           .momentum = static_cast<Real>(options_.momentum),
                           .gradient_share = static_cast<Real>(step == 1 ? 1 : 1 - options_.dampening),
                           .weight_decay = static_cast<Real>(slot.weight_decay),
                           .nesterov = options_.nesterov};
  const std::vector<Real*> values = slot.values();  // without momentum, the first is the last
  consume(slot.parameter.grad(), {"sgd", values, [&](std::int64_t i, std::int64_t n, const Real* grad) {
                                    kernels().sgd(n, scalars, grad, values.back() + i, values[0] + i);
                                  }});
}

}  // namespace ek
