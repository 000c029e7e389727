#include "apps/training/build.h"

#include <vector>

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/machine/parallel.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/layers/make_norm.h"
#include "evenkeel/optim/adam.h"
#include "evenkeel/optim/sgd.h"

namespace ek {

ModelOptions model_options(const TrainConfig& c, const Shape& image, std::int64_t classes) {
  return {.norm = {.norm = norm_from_name(c.norm),
                   .groups = c.norm_groups,
                   .eps = c.bn_eps,
                   .momentum = c.bn_momentum},
          .placement = c.placement == "before" ? Placement::before : Placement::after,
          .dropout = c.dropout,
          .width = c.width,
          .image = image,
          .classes = classes};
}

std::unique_ptr<Optimizer> make_optimizer(const TrainConfig& c, const Layer& model) {
  ParameterGroup weights, vectors;  // norms and biases are the parameters with one axis
  for (const Tensor& parameter : model.parameters())
    (parameter.rank() > 1 ? weights : vectors).parameters.push_back(parameter);
  vectors.weight_decay = *c.norm_weight_decay;
  const std::vector<ParameterGroup> groups = {weights, vectors};

  const double lr = *c.lr, weight_decay = *c.weight_decay;
  if (c.optimizer == "adam")
    return std::make_unique<Adam>(groups, AdamOptions{.lr = lr, .weight_decay = weight_decay});
  if (c.optimizer == "adamw")
    return std::make_unique<AdamW>(groups, AdamWOptions{.lr = lr, .weight_decay = weight_decay});
  return std::make_unique<SGD>(
      groups,
      SgdOptions{
          .lr = lr, .momentum = c.momentum, .weight_decay = weight_decay, .nesterov = c.nesterov});
}

std::string use_threads(const TrainConfig& config) {
  if (config.threads > 0) set_num_threads(static_cast<int>(config.threads));
  const int wanted = num_threads(), running = start_threads();
  if (running == wanted) return "";
  return text("threads: the system gives ", running, " of the ", wanted, " wanted; going on with ",
              running,
              " and the same results. Raise the limit on processes (ulimit -u, a container's pids) "
              "or take --threads ",
              running);
}

}  // namespace ek
