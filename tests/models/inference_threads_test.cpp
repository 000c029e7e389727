// Inference with one model on shared inputs from several threads: the same bits as from one.
#include <doctest/doctest.h>

#include <atomic>
#include <memory>
#include <string>

#include "evenkeel/core/ops/conv.h"
#include "evenkeel/core/ops/random.h"
#include "evenkeel/core/tensor/autograd.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/layers/layer.h"
#include "evenkeel/models/registry.h"
#include "tests/models/models.h"
#include "tests/support/compare.h"
#include "tests/support/threads.h"
#include "tests/support/together.h"

namespace ek {
namespace {

constexpr int kCallers = 4;

std::unique_ptr<Layer> trained(const std::string& name) {
  ModelOptions options;
  options.width = 0.25;
  auto model = make_model(name, options);
  const NoGrad no_grad;
  (*model)(random_images({8, 3, 32, 32}));  // running statistics
  model->eval();
  return model;
}

/// Images that nobody has computed yet.
Tensor pending_images() {
  Tensor weight({3, 3, 3, 3});
  fill_normal(weight, 0, 1, Stream(7));
  const NoGrad no_grad;
  return conv2d(random_images({4, 3, 32, 32}), weight, {}, {.padding = 1});
}

TEST_CASE("several threads, one model, one batch whose values are still to be computed") {
  const Threads scope(2);
  for (const std::string name : {"convnet", "convnet-8x8", "vgg", "resnet20", "mlp"}) {
    CAPTURE(name);
    const auto model = trained(name);
    const Tensor read = pending_images();
    (void)read.data();
    const NoGrad no_grad;
    const Tensor expected = (*model)(read).clone();
    for (int round = 0; round < 8; ++round) {
      std::atomic<int> right = 0;
      const Tensor images = pending_images();
      together(kCallers, [&](int t) {
        if (t == 0) {  // with a history, which it drops
          right += same_bits((*model)(images), (*model)(read));
          return;
        }
        const NoGrad none;
        right += same_bits((*model)(images), expected);
      });
      CHECK(right == kCallers);
    }
  }
  CHECK(live_nodes() == 0);
}

}  // namespace
}  // namespace ek
