// ResNet-20: the paper's size, names, the shortcut.
#include <algorithm>
#include <cstdint>
#include <stdexcept>

#include "evenkeel/models/resnet.h"

#include <doctest/doctest.h>

#include "evenkeel/core/base/real.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/layers/make_norm.h"
#include "evenkeel/models/registry.h"
#include "tests/models/models.h"
#include "tests/support/compare.h"

namespace ek {
namespace {

std::int64_t parameters_of(const ModelOptions& options) {
  std::int64_t count = 0;
  for (const Tensor& parameter : ResNet20(options).parameters()) count += parameter.numel();
  return count;
}

TEST_CASE("269,722 parameters, as the network of the paper has them with option A") {
  CHECK(parameters_of({}) == 269722);
  CHECK(parameters_of(with_norm(Norm::group)) == 269722);
  // Of a norm's two numbers per channel, the bias remains: the convolution's.
  CHECK(parameters_of(with_norm(Norm::none)) == 269722 - (7 * 16 + 6 * 32 + 6 * 64));
}

TEST_CASE("names and shapes are those of a PyTorch module") {
  const Names all = entries_of(*make_model("resnet20", {}));
  CHECK(all.size() == 19 * 6 + 2);
  CHECK(Names(all.begin(), all.begin() + 12) ==
        Names{"conv1.weight [16, 3, 3, 3]", "bn1.weight [16]", "bn1.bias [16]",
              "bn1.running_mean [16]", "bn1.running_var [16]", "bn1.num_batches_tracked []",
              "layer1.0.conv1.weight [16, 16, 3, 3]", "layer1.0.bn1.weight [16]",
              "layer1.0.bn1.bias [16]", "layer1.0.bn1.running_mean [16]",
              "layer1.0.bn1.running_var [16]", "layer1.0.bn1.num_batches_tracked []"});
  CHECK(all[12] == "layer1.0.conv2.weight [16, 16, 3, 3]");
  CHECK(all[42] == "layer2.0.conv1.weight [32, 16, 3, 3]");
  CHECK(all[108] == "layer3.2.conv2.weight [64, 64, 3, 3]");
  CHECK(Names(all.end() - 2, all.end()) == Names{"fc.weight [10, 64]", "fc.bias [10]"});
}

TEST_CASE("without its branch, a block is the relu of its shortcut") {
  BasicBlock block(2, 5, 2, with_norm(Norm::none));
  for (Tensor& parameter : block.parameters()) std::ranges::fill(parameter.mutable_data(), Real(0));
  const Tensor x =
      Tensor::from({1, 2, 3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9, -1, 2, -3, 4, 5, 6, 7, 8, 9});
  CHECK(same_bits(block(x), Tensor::from({1, 5, 2, 2},
                                         {0, 0, 0, 0,  // before: one of the three missing channels
                                          1, 3, 7, 9,  // every second pixel of every second row
                                          0, 0, 7, 9,  //
                                          0, 0, 0, 0,  // after: two
                                          0, 0, 0, 0})));
  BasicBlock same(2, 2, 1, with_norm(Norm::none));
  for (Tensor& parameter : same.parameters()) std::ranges::fill(parameter.mutable_data(), Real(0));
  CHECK(same_bits(
      same(x), Tensor::from({1, 2, 3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 2, 0, 4, 5, 6, 7, 8, 9})));
}

TEST_CASE("widths and image sizes") {
  CHECK(entries_of(ResNet20({.width = 2}))[42] == "layer2.0.conv1.weight [64, 32, 3, 3]");
  for (const Shape& image : {Shape{1, 28, 28}, Shape{3, 9, 14}, Shape{3, 1, 1}}) {
    ResNet20 model({.norm = {.norm = Norm::none},
                    .width = 0.0625,
                    .image = image,
                    .classes = 7});  // 1, 2, 4 channels
    CHECK(model(random_images({2, image[0], image[1], image[2]})).shape() == Shape{2, 7});
  }
  CHECK_THROWS_WITH_AS(ResNet20({.image = {3, 32}}),
                       "ResNet20: expected images [C, H, W], got [3, 32]", std::invalid_argument);
}

}  // namespace
}  // namespace ek
