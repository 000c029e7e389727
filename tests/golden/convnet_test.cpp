// The note's ConvNet at full size against PyTorch: training steps, and checkpoints in both directions.
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include <doctest/doctest.h>

#include "evenkeel/core/files/safetensors.h"
#include "evenkeel/core/files/state.h"
#include "evenkeel/core/ops/loss.h"
#include "evenkeel/core/tensor/autograd.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/layers/layer.h"
#include "evenkeel/layers/make_norm.h"
#include "evenkeel/models/convnet.h"
#include "evenkeel/models/registry.h"
#include "evenkeel/optim/sgd.h"
#include "tests/support/compare.h"
#include "tests/support/convnet_formula.h"
#include "tests/support/golden.h"
#include "tests/support/golden_summary.h"

namespace ek {
namespace {

constexpr std::int64_t kBatch = 8;

ModelOptions model_options(const GoldenCase& c) {
  return {.norm = {.norm = norm_from_name(c.option("norm"))}};
}

std::vector<int> labels() {
  std::vector<int> all;
  for (int n = 0; n < kBatch; ++n) all.push_back(n * 3 % 10);
  return all;
}

void check_buffers(const GoldenCase& c, const std::string& prefix, const Layer& model) {
  for (const auto& [name, expected] : c.folder(prefix)) {
    const std::string& tensor = name;  // clang 14 captures no structured binding
    CAPTURE(tensor);
    const StateDict state = model.state_dict();
    if (const IntTensor* counter = std::get_if<IntTensor>(&expected))
      CHECK(std::get<IntTensor>(*state.find(name)).data() == counter->data());
    else
      CHECK(relative_error(std::get<Tensor>(*state.find(name)), std::get<Tensor>(expected)) <=
            1e-5);
  }
}

void check_training(const GoldenCase& c) {
  CAPTURE(c.name);
  ConvNet model(model_options(c), 1);
  model.load_state_dict(formula_state(model));
  const Tensor images = formula_tensor(c.option("images"), {kBatch, 3, 32, 32});
  SGD optimizer(
      model.parameters(),
      {.lr = c.real("lr"), .momentum = c.real("momentum"), .weight_decay = c.real("weight_decay")});
  for (std::int64_t step = 0; step < c.number("steps"); ++step) {
    const std::string prefix = std::to_string(step) + "/";
    CAPTURE(prefix);
    optimizer.zero_grad();
    const Tensor logits = model(images), loss = cross_entropy(logits, labels());
    loss.backward();
    optimizer.step();
    CHECK(relative_error(logits, c.tensor(prefix + "logits")) <= 1e-5);
    CHECK(relative_error(loss, c.tensor(prefix + "loss")) <= 1e-5);
    for (const auto& [name, parameter] : model.named_parameters()) {
      check_summary(c, prefix + "grad/" + name, parameter.grad(), 5e-5, 1e-2);
      check_summary(c, prefix + "after/" + name, parameter, 1e-5, 1e-2);
    }
    check_buffers(c, prefix + "buffer/", model);
  }
  const EvalMode eval(model);
  const NoGrad no_grad;
  CHECK(relative_error(model(images), c.tensor("eval/logits")) <= 1e-5);
}

TEST_CASE("training steps of the ConvNet are PyTorch's, with and without BatchNorm") {
  int checked = 0;
  for (const GoldenCase& c : read_golden("convnet"))
    if (c.options.contains("norm")) check_training(c), ++checked;
  CHECK(checked == 2);
}

TEST_CASE("a checkpoint that PyTorch saved gives PyTorch's logits") {
  const std::string folder = EVENKEEL_SOURCE_DIR "/tests/golden/";
  const StateDict answer = read_safetensors(folder + "convnet_small_logits.safetensors").tensors;
  ConvNet model({.image = {3, 4, 4}}, 4);
  model.load_state_dict(read_safetensors(folder + "convnet_small.safetensors").tensors);
  model.eval();
  const NoGrad no_grad;
  const Tensor logits = model(std::get<Tensor>(*answer.find("images")));
  CHECK(relative_error(logits, std::get<Tensor>(*answer.find("logits")), 1) <= 1e-5);
}

}  // namespace
}  // namespace ek
