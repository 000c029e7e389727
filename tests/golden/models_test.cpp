// VGG, ResNet-20 and the MLP, narrow and for small images, against PyTorch: a training pass, and inference with the statistics that it left.
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "evenkeel/core/ops/loss.h"
#include "evenkeel/core/tensor/autograd.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/layers/layer.h"
#include "evenkeel/layers/make_norm.h"
#include "evenkeel/models/registry.h"
#include "tests/support/compare.h"
#include "tests/support/convnet_formula.h"
#include "tests/support/golden.h"
#include "tests/support/golden_summary.h"

namespace ek {
namespace {

constexpr std::int64_t kBatch = 8, kSide = 16;
// Measured: 4e-5 at most (VGG with its norms after relu), with any table of kernels, with and without Winograd.
constexpr double kGradientTolerance = 1e-4;

std::unique_ptr<Layer> model_of(const std::string& name, const GoldenCase& c) {
  return make_model(
      name, {.norm = {.norm = norm_from_name(c.option("norm"))},
             .placement = c.option("placement") == "after" ? Placement::after : Placement::before,
             .width = c.real("width"),
             .image = {3, kSide, kSide}});
}

void check_pass(const std::string& name, const GoldenCase& c) {
  CAPTURE(name);
  CAPTURE(c.name);
  const auto model = model_of(name, c);
  model->load_state_dict(formula_state(*model, name));
  const Tensor images = formula_tensor(c.option("images"), {kBatch, 3, kSide, kSide}, name);
  std::vector<int> labels;
  for (int n = 0; n < kBatch; ++n) labels.push_back(n * 3 % 10);
  const Tensor logits = (*model)(images), loss = cross_entropy(logits, labels);
  loss.backward();
  CHECK(relative_error(logits, c.tensor("logits")) <= 1e-5);
  CHECK(relative_error(loss, c.tensor("loss")) <= 1e-5);
  for (const auto& [parameter, value] : model->named_parameters())
    check_summary(c, "grad/" + parameter, value.grad(), kGradientTolerance, 1e-2);
  const EvalMode eval(*model);
  const NoGrad no_grad;
  CHECK(relative_error((*model)(images), c.tensor("eval/logits")) <= 1e-5);
}

TEST_CASE(
    "a training pass of each model is PyTorch's, with BatchNorm before and after the activation "
    "and without") {
  for (const char* name : {"vgg", "resnet20", "mlp"}) {
    int checked = 0;
    for (const GoldenCase& c : read_golden(name))
      if (c.options.contains("norm")) check_pass(name, c), ++checked;
    CHECK(checked == 3);
  }
}

}  // namespace
}  // namespace ek
