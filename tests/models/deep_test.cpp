// What holds for VGG, ResNet-20 and the MLP alike: every option, shared starts, and that they learn. At a quarter of
// their width.
#include <cstddef>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/files/state.h"
#include "evenkeel/core/ops/loss.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/layers/make_norm.h"
#include "evenkeel/models/registry.h"
#include "evenkeel/optim/adam.h"
#include "tests/models/models.h"
#include "tests/support/compare.h"

namespace ek {
namespace {

const std::vector<std::string> kModels = {"vgg", "resnet20", "mlp"};
constexpr Norm kNorms[] = {Norm::batch, Norm::layer, Norm::instance, Norm::group, Norm::none};

ModelOptions small(Norm norm, Placement placement = Placement::before, double dropout = 0) {
  return {.norm = {.norm = norm},
          .placement = placement,
          .dropout = dropout,
          .width = 0.25,
          .image = {3, 16, 16}};
}

TEST_CASE("every norm, placement and dropout gives logits and gradients for all parameters") {
  const Tensor images = random_images({4, 3, 16, 16});
  for (const std::string& name : kModels)
    for (const Norm norm : kNorms)
      for (const Placement placement : {Placement::before, Placement::after})
        for (const double dropout : {0.0, 0.5}) {
          CAPTURE(name);
          CAPTURE(std::string(name_of(norm)));
          const auto model = make_model(name, small(norm, placement, dropout));
          const Tensor logits = (*model)(images);
          CHECK(logits.shape() == Shape{4, 10});
          cross_entropy(logits, std::vector<int>{0, 1, 2, 6}).backward();
          for (const auto& parameter : model->named_parameters()) {
            CAPTURE(parameter.first);
            CHECK(parameter.second.grad());
          }
        }
}

TEST_CASE("placement and dropout change what is computed, not what is owned") {
  const Tensor images = random_images({3, 3, 16, 16});
  for (const std::string& name : kModels) {
    CAPTURE(name);
    const auto plain = make_model(name, small(Norm::batch));
    plain->initialize({.seed = 1});
    for (const ModelOptions& options :
         {small(Norm::batch, Placement::after), small(Norm::batch, Placement::before, 0.5)}) {
      const auto other = make_model(name, options);
      other->initialize({.seed = 1});
      CHECK(entries_of(*plain) == entries_of(*other));
      CHECK(!same_bits((*plain)(images), (*other)(images)));
    }
  }
}

TEST_CASE("arms that share a parameter share its start") {
  for (const std::string& name : kModels) {
    const auto batch = make_model(name, small(Norm::batch));
    batch->initialize({.seed = 5});
    for (const Norm norm : kNorms) {
      const auto other = make_model(name, small(norm));
      other->initialize({.seed = 5});
      std::size_t shared = 0;
      for (const auto& parameter : other->named_parameters()) {
        CAPTURE(parameter.first);
        const StateDict state = batch->state_dict();
        const StateValue* start = state.find(parameter.first);
        if (!start) continue;
        CHECK(same_bits(parameter.second, std::get<Tensor>(*start)));
        ++shared;
      }
      // All weights of convolutions and linear layers, and their biases: of ResNet-20's only fc's.
      CHECK(shared >= (name == "vgg" ? 16 : name == "mlp" ? 8 : 21));
    }
  }
}

TEST_CASE("learn 32 images by heart, with BatchNorm and without") {
  const Tensor images = random_images({32, 3, 16, 16});
  std::vector<int> labels;
  for (int i = 0; i < 32; ++i) labels.push_back(i * 7 % 10);
  for (const std::string& name : kModels)
    for (const Norm norm : {Norm::batch, Norm::none}) {
      CAPTURE(name);
      CAPTURE(std::string(name_of(norm)));
      const auto model = make_model(name, small(norm));
      model->initialize({.seed = 3});
      Adam optimizer(model->parameters(),
                     {.lr = name == "mlp" ? 2e-2 : 3e-3});  // sigmoids pass on small gradients
      const double start = cross_entropy((*model)(images), labels).item();
      for (int step = 0; step < 100; ++step) {
        optimizer.zero_grad();
        cross_entropy((*model)(images), labels).backward();
        optimizer.step();
        if (step == 0) CHECK(cross_entropy((*model)(images), labels).item() < start);
      }
      const Tensor logits = (*model)(images);
      CHECK(count_correct(logits, labels) == 32);
      CHECK(cross_entropy(logits, labels).item() < 0.1);
    }
}

}  // namespace
}  // namespace ek
