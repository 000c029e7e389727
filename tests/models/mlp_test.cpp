// The MLP: names, shapes, where the norm stands, sizes.
#include <string>

#include "evenkeel/models/mlp.h"

#include <doctest/doctest.h>

#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/ops/activation.h"
#include "evenkeel/core/ops/reshape.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/layers/layer.h"
#include "evenkeel/layers/make_norm.h"
#include "evenkeel/models/registry.h"
#include "tests/models/models.h"
#include "tests/support/compare.h"

namespace ek {
namespace {

TEST_CASE("names and shapes are those of a PyTorch module") {
  CHECK(entries_of(*make_model("mlp", with_norm(Norm::none))) ==
        Names{"fc1.weight [100, 3072]", "fc1.bias [100]", "fc2.weight [100, 100]", "fc2.bias [100]",
              "fc3.weight [100, 100]", "fc3.bias [100]", "fc4.weight [10, 100]", "fc4.bias [10]"});
  const Names batch = entries_of(*make_model("mlp", {}));
  CHECK(batch.size() == 8 + 3 * 5);
  CHECK(batch[2] == "bn1.weight [100]");
  CHECK(batch[20] == "bn3.num_batches_tracked []");
}

TEST_CASE("width multiplies the hidden features; any image size") {
  CHECK(entries_of(MLP({.norm = {.norm = Norm::none}, .width = 0.5})).front() ==
        "fc1.weight [50, 3072]");
  MLP model({.image = {1, 5, 7}, .classes = 4});
  CHECK(model(random_images({2, 1, 5, 7})).shape() == Shape{2, 4});
}

TEST_CASE("the norm stands before the sigmoid, or after it") {
  for (const Placement placement : {Placement::before, Placement::after}) {
    MLP model({.placement = placement, .image = {1, 4, 4}});
    const Tensor x = random_images({6, 1, 4, 4}), h = model.fc1(flatten(x));
    Tensor into_fc2;
    {
      const ForwardObserver observer(
          [&](const std::string& path, const Layer&, const Tensor& in, const Tensor&) {
            if (path == "fc2") into_fc2 = in;
          });
      model(x);
    }
    CHECK(same_bits(
        into_fc2, placement == Placement::before ? sigmoid(model.bn1(h)) : model.bn1(sigmoid(h))));
  }
}

}  // namespace
}  // namespace ek
