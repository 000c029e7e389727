// The note's ConvNet: names and shapes, its options, shared starts, and that it learns.
#include "evenkeel/models/convnet.h"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/ops/loss.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/layers/layer.h"
#include "evenkeel/layers/make_norm.h"
#include "evenkeel/models/registry.h"
#include "evenkeel/optim/sgd.h"
#include "tests/models/models.h"
#include "tests/support/compare.h"

namespace ek {
namespace {

TEST_CASE("names and shapes of both spellings are PyTorch's") {
  auto expected = [](const char* fc1) {
    return Names{"conv1.weight [64, 3, 3, 3]",
                 "conv1.bias [64]",
                 "bn1.weight [64]",
                 "bn1.bias [64]",
                 "bn1.running_mean [64]",
                 "bn1.running_var [64]",
                 "bn1.num_batches_tracked []",
                 fc1,
                 "fc1.bias [256]",
                 "bn2.weight [256]",
                 "bn2.bias [256]",
                 "bn2.running_mean [256]",
                 "bn2.running_var [256]",
                 "bn2.num_batches_tracked []",
                 "fc2.weight [10, 256]",
                 "fc2.bias [10]"};
  };
  CHECK(entries_of(*make_model("convnet", {})) == expected("fc1.weight [256, 65536]"));
  CHECK(entries_of(*make_model("convnet-8x8", {})) == expected("fc1.weight [256, 4096]"));
}

TEST_CASE("without a norm only its names are gone") {
  CHECK(entries_of(*make_model("convnet-8x8", with_norm(Norm::none))) ==
        Names{"conv1.weight [64, 3, 3, 3]", "conv1.bias [64]", "fc1.weight [256, 4096]",
              "fc1.bias [256]", "fc2.weight [10, 256]", "fc2.bias [10]"});
}

TEST_CASE("every norm, placement and dropout gives logits and gradients for all parameters") {
  const Tensor images = random_images({4, 3, 16, 16});
  const std::vector<int> labels = {0, 1, 2, 6};
  for (const std::string name : {"convnet", "convnet-8x8"})
    for (const Norm norm : {Norm::batch, Norm::layer, Norm::instance, Norm::group, Norm::none})
      for (const Placement placement : {Placement::before, Placement::after})
        for (const double dropout : {0.0, 0.5}) {
          CAPTURE(name);
          CAPTURE(std::string(name_of(norm)));
          const auto model = make_model(name, {.norm = {.norm = norm},
                                               .placement = placement,
                                               .dropout = dropout,
                                               .image = {3, 16, 16},
                                               .classes = 7});
          const Tensor logits = (*model)(images);
          CHECK(logits.shape() == Shape{4, 7});
          cross_entropy(logits, labels).backward();
          for (const auto& parameter : model->named_parameters()) {
            CAPTURE(parameter.first);
            CHECK(parameter.second.grad());
          }
        }
}

TEST_CASE("placement changes what is computed, not what is owned") {
  const auto before = make_model("convnet-8x8", {.placement = Placement::before});
  const auto after = make_model("convnet-8x8", {.placement = Placement::after});
  before->initialize({.seed = 1});
  after->initialize({.seed = 1});
  CHECK(entries_of(*before) == entries_of(*after));
  const Tensor images = random_images({3, 3, 32, 32});
  CHECK(!same_bits((*before)(images), (*after)(images)));
}

TEST_CASE("dropout acts in training only, and owns nothing") {
  const auto plain = make_model("convnet-8x8", {}),
             dropped = make_model("convnet-8x8", {.dropout = 0.5});
  plain->initialize({.seed = 1});
  dropped->initialize({.seed = 1});
  CHECK(entries_of(*plain) == entries_of(*dropped));
  const Tensor images = random_images({3, 3, 32, 32});
  CHECK(!same_bits((*plain)(images), (*dropped)(images)));
  plain->load_state_dict(dropped->state_dict());
  const EvalMode a(*plain), b(*dropped);
  CHECK(same_bits((*plain)(images), (*dropped)(images)));
}

TEST_CASE("arms that share a parameter share its start") {
  const auto batch = make_model("convnet-8x8", {});
  batch->initialize({.seed = 5});
  for (const Norm norm : {Norm::none, Norm::layer, Norm::group}) {
    const auto other = make_model("convnet-8x8", with_norm(norm));
    other->initialize({.seed = 5});
    for (const auto& parameter : other->named_parameters()) {
      CAPTURE(parameter.first);
      CHECK(same_bits(parameter.second,
                      std::get<Tensor>(*batch->state_dict().find(parameter.first))));
    }
  }
}

TEST_CASE("sizes that do not fit") {
  CHECK_THROWS_WITH_AS(
      make_model("convnet-8x8", {.image = {3, 28, 28}}),
      "convnet-8x8: expected square images [C, S, S] with S a multiple of 8, got [3, 28, 28]",
      std::invalid_argument);
  CHECK_THROWS_WITH_AS(make_model("convnet", {.image = {3, 32}}),
                       "ConvNet: expected images [C, H, W] of at least 1x1 pixels, got [3, 32]",
                       std::invalid_argument);
  std::string known;
  for (const std::string& name : model_names()) known += (known.empty() ? "" : ", ") + name;
  CHECK_THROWS_WITH_AS(make_model("convnett", {}),
                       ("model: 'convnett' is not one of " + known).c_str(), std::invalid_argument);
  const auto model = make_model("convnet-8x8", {});
  CHECK_THROWS_WITH_AS(
      (*model)(random_images({2, 3, 16, 16})),
      "fc1 (Linear(4096, 256)): linear: expected an input [N, 4096], got [2, 1024]", LayerError);
  CHECK_THROWS_WITH_AS((*model)(random_images({2, 1, 32, 32})),
                       "conv1 (Conv2d(3, 64, kernel_size=3, padding=1)): conv2d: weight [64, 3, 3, "
                       "3] with groups = 1 expects 3 input channels, got input [2, 1, 32, 32]",
                       LayerError);
}

TEST_CASE("width multiplies what is hidden") {
  CHECK(entries_of(*make_model("convnet-8x8", {.norm = {.norm = Norm::none}, .width = 2})) ==
        Names{"conv1.weight [128, 3, 3, 3]", "conv1.bias [128]", "fc1.weight [512, 8192]",
              "fc1.bias [512]", "fc2.weight [10, 512]", "fc2.bias [10]"});
  CHECK_THROWS_WITH_AS(make_model("convnet", {.width = 0}),
                       "model: the width must be positive, got 0", std::invalid_argument);
}

TEST_CASE("learns 32 images by heart, with BatchNorm and without") {
  const Tensor images = random_images({32, 3, 32, 32});
  std::vector<int> labels;
  for (int i = 0; i < 32; ++i) labels.push_back(i * 7 % 10);
  for (const Norm norm : {Norm::batch, Norm::none}) {
    CAPTURE(std::string(name_of(norm)));
    const auto model = make_model("convnet-8x8", with_norm(norm));
    model->initialize({.seed = 3});
    SGD optimizer(model->parameters(), {.lr = 0.02, .momentum = 0.9});
    for (int step = 0; step < 40; ++step) {
      optimizer.zero_grad();
      cross_entropy((*model)(images), labels).backward();
      optimizer.step();
    }
    const Tensor logits = (*model)(images);
    CHECK(count_correct(logits, labels) == 32);
    CHECK(cross_entropy(logits, labels).item() < 0.1);
  }
}

}  // namespace
}  // namespace ek
