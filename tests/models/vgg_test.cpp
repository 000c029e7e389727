// VGG: names, shapes, widths, image sizes.
#include <cstdint>
#include <stdexcept>

#include "evenkeel/models/vgg.h"

#include <doctest/doctest.h>

#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/layers/make_norm.h"
#include "evenkeel/models/registry.h"
#include "tests/models/models.h"

namespace ek {
namespace {

std::int64_t parameters_of(const ModelOptions& options) {
  std::int64_t count = 0;
  for (const Tensor& parameter : VGG(options).parameters()) count += parameter.numel();
  return count;
}

TEST_CASE("names and shapes are those of a PyTorch module") {
  CHECK(entries_of(*make_model("vgg", with_norm(Norm::none))) ==
        Names{"conv1.weight [64, 3, 3, 3]", "conv1.bias [64]", "conv2.weight [64, 64, 3, 3]",
              "conv2.bias [64]", "conv3.weight [128, 64, 3, 3]", "conv3.bias [128]",
              "conv4.weight [128, 128, 3, 3]", "conv4.bias [128]", "conv5.weight [256, 128, 3, 3]",
              "conv5.bias [256]", "conv6.weight [256, 256, 3, 3]", "conv6.bias [256]",
              "fc1.weight [256, 4096]", "fc1.bias [256]", "fc2.weight [10, 256]", "fc2.bias [10]"});
  const Names batch = entries_of(*make_model("vgg", {}));
  CHECK(batch.size() == 16 + 7 * 5);
  CHECK(batch[7] == "conv2.weight [64, 64, 3, 3]");
  CHECK(batch[9] == "bn2.weight [64]");
  CHECK(batch[12] == "bn2.running_var [64]");
  CHECK(batch[44] == "bn7.weight [256]");
}

TEST_CASE("as many parameters as the sums of its layers") {
  const std::int64_t convs =
      9 * (3 * 64 + 64 * 64 + 64 * 128 + 128 * 128 + 128 * 256 + 256 * 256) + 2 * 448;
  const std::int64_t linears = 4096 * 256 + 256 + 2570;
  CHECK(parameters_of(with_norm(Norm::none)) == convs + linears);
  CHECK(parameters_of({}) == convs + linears + 2 * (2 * 448 + 256));
}

TEST_CASE("width multiplies the channels and features of all hidden layers") {
  const Names wide = entries_of(VGG({.norm = {.norm = Norm::none}, .width = 4}));
  CHECK(wide.front() == "conv1.weight [256, 3, 3, 3]");
  CHECK(wide[10] == "conv6.weight [1024, 1024, 3, 3]");
  CHECK(wide[12] == "fc1.weight [1024, 16384]");
  CHECK(wide[14] == "fc2.weight [10, 1024]");
  CHECK(entries_of(VGG({.width = 0.25})).front() == "conv1.weight [16, 3, 3, 3]");
}

TEST_CASE("other image sizes") {
  VGG model({.width = 0.125, .image = {1, 20, 31}, .classes = 7});
  CHECK(model(random_images({2, 1, 20, 31})).shape() == Shape{2, 7});
  CHECK_THROWS_WITH_AS(VGG({.image = {3, 32, 7}}),
                       "VGG: expected images [C, H, W] of at least 8x8 pixels, got [3, 32, 7]",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(VGG({.image = {3, 32}}),
                       "VGG: expected images [C, H, W] of at least 8x8 pixels, got [3, 32]",
                       std::invalid_argument);
}

}  // namespace
}  // namespace ek
