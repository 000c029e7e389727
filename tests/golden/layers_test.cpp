// Every layer against PyTorch: from a given state through phases of training and inference.
#include <doctest/doctest.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "evenkeel/core/base/conv_shape.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/files/state.h"
#include "evenkeel/core/ops/elementwise.h"
#include "evenkeel/core/ops/pool_windows.h"
#include "evenkeel/core/ops/pooling.h"
#include "evenkeel/core/ops/reduce.h"
#include "evenkeel/core/tensor/autograd.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/layers/conv2d.h"
#include "evenkeel/layers/functions.h"
#include "evenkeel/layers/layer.h"
#include "evenkeel/layers/linear.h"
#include "evenkeel/layers/norm.h"
#include "evenkeel/layers/sequential.h"
#include "tests/support/compare.h"
#include "tests/support/golden.h"

namespace ek {
namespace {

// Our rounding alone: measured, 2e-6 at most, in a stack of nine layers.
constexpr double kTolerance = 5e-6;

using LayerPtr = std::unique_ptr<Layer>;

template <typename L, typename... Args>
LayerPtr make(Args&&... args) {
  return std::make_unique<L>(std::forward<Args>(args)...);
}

PoolOptions pool_options(const GoldenCase& c, bool include = true) {
  return {.stride = c.pair("stride"), .padding = c.pair("padding"), .count_include_pad = include};
}

Conv2dOptions conv_options(const GoldenCase& c) {
  return {.stride = c.pair("stride"),
          .padding = c.padding(),
          .dilation = c.pair("dilation"),
          .groups = c.number("groups"),
          .bias = c.flag("bias")};
}

template <typename L>
LayerPtr batch_norm(const GoldenCase& c) {
  BatchNormOptions options{
      .eps = c.real("eps"), .affine = c.flag("affine"), .track_running_stats = c.flag("track")};
  options.momentum =
      c.option("momentum") == "none" ? std::nullopt : std::optional(c.real("momentum"));
  return make<L>(c.number("features"), options);
}

LayerPtr layer_norm(const GoldenCase& c) {
  return make<LayerNorm>(Shape(c.numbers("shape")),
                         NormOptions{.eps = c.real("eps"), .affine = c.flag("affine")});
}

LayerPtr group_norm(const GoldenCase& c) {
  const NormOptions options{.eps = c.real("eps"), .affine = c.flag("affine")};
  return make<GroupNorm>(c.number("groups"), c.number("channels"), options);
}

template <typename L>
LayerPtr instance_norm(const GoldenCase& c) {
  return make<L>(c.number("channels"),
                 InstanceNormOptions{.eps = c.real("eps"), .affine = c.flag("affine")});
}

LayerPtr sequential() {
  return make<Sequential>(Conv2d(2, 4, 3, {.padding = 1, .bias = false}), BatchNorm2d(4), ReLU(),
                          MaxPool2d(2), Flatten(), Linear(24, 5), BatchNorm1d(5), Tanh(),
                          Linear(5, 3));
}

const std::map<std::string, std::function<LayerPtr(const GoldenCase&)>> kLayers = {
    {"Linear",
     [](const GoldenCase& c) {
       return make<Linear>(c.number("in"), c.number("out"), LinearOptions{.bias = c.flag("bias")});
     }},
    {"Conv2d",
     [](const GoldenCase& c) {
       return make<Conv2d>(c.number("in"), c.number("out"), c.pair("kernel"), conv_options(c));
     }},
    {"ReLU", [](const GoldenCase&) { return make<ReLU>(); }},
    {"LeakyReLU",
     [](const GoldenCase& c) { return make<LeakyReLU>(static_cast<Real>(c.real("slope"))); }},
    {"Sigmoid", [](const GoldenCase&) { return make<Sigmoid>(); }},
    {"Tanh", [](const GoldenCase&) { return make<Tanh>(); }},
    {"GELU", [](const GoldenCase&) { return make<GELU>(); }},
    {"Softmax",
     [](const GoldenCase& c) { return make<Softmax>(static_cast<int>(c.number("axis"))); }},
    {"LogSoftmax",
     [](const GoldenCase& c) { return make<LogSoftmax>(static_cast<int>(c.number("axis"))); }},
    {"MaxPool2d",
     [](const GoldenCase& c) { return make<MaxPool2d>(c.pair("kernel"), pool_options(c)); }},
    {"AvgPool2d",
     [](const GoldenCase& c) {
       return make<AvgPool2d>(c.pair("kernel"), pool_options(c, c.flag("count_include_pad")));
     }},
    {"AdaptiveAvgPool2d",
     [](const GoldenCase& c) { return make<AdaptiveAvgPool2d>(c.pair("output")); }},
    {"Flatten", [](const GoldenCase&) { return make<Flatten>(); }},
    {"Identity", [](const GoldenCase&) { return make<Identity>(); }},
    {"Dropout", [](const GoldenCase& c) { return make<Dropout>(c.real("p")); }},
    {"BatchNorm1d", batch_norm<BatchNorm1d>},
    {"BatchNorm2d", batch_norm<BatchNorm2d>},
    {"LayerNorm", layer_norm},
    {"GroupNorm", group_norm},
    {"InstanceNorm1d", instance_norm<InstanceNorm1d>},
    {"InstanceNorm2d", instance_norm<InstanceNorm2d>},
    {"Sequential", [](const GoldenCase&) { return sequential(); }},
};

void check_gradients(const GoldenCase& c, const Layer& layer, const std::string& phase) {
  for (const auto& [name, parameter] : layer.named_parameters()) {
    const std::string& tensor = name;  // clang 14 captures no structured binding
    CAPTURE(tensor);
    CHECK(relative_error(parameter.grad(), c.tensor(phase + "grad/" + name)) <= kTolerance);
  }
}

/// The buffers after a phase: all that the file has, counters exactly.
void check_buffers(const GoldenCase& c, const Layer& layer, const std::string& phase) {
  const StateDict state = layer.state_dict();
  for (const auto& [name, expected] : c.folder(phase + "after/")) {
    const std::string& tensor = name;  // clang 14 captures no structured binding
    CAPTURE(tensor);
    const StateValue* found = state.find(name);
    REQUIRE(found);
    if (const IntTensor* counter = std::get_if<IntTensor>(&expected))
      CHECK(std::get<IntTensor>(*found).data() == counter->data());
    else
      CHECK(relative_error(std::get<Tensor>(*found), std::get<Tensor>(expected)) <= kTolerance);
  }
}

void check_case(const GoldenCase& c) {
  CAPTURE(c.name);
  const LayerPtr layer = kLayers.at(c.option("layer"))(c);
  layer->load_state_dict(c.folder("state/"));  // throws unless the names are exactly PyTorch's
  int index = 0;
  for (const std::string& mode : split(c.option("phases"), ',')) {
    const std::string phase = std::to_string(index++) + "/";
    CAPTURE(phase);
    layer->train(mode == "train");
    layer->zero_grad();
    Tensor x = c.tensor(phase + "x");
    x.requires_grad(true);
    const Tensor y = (*layer)(x);
    CHECK(relative_error(y, c.tensor(phase + "y")) <= kTolerance);
    sum(y * c.tensor(phase + "dy")).backward();
    CHECK(relative_error(x.grad(), c.tensor(phase + "dx")) <= kTolerance);
    check_gradients(c, *layer, phase);
    check_buffers(c, *layer, phase);
  }
}

TEST_CASE("every layer gives what PyTorch gives, through training and inference") {
  const auto cases = read_golden("layers");
  REQUIRE(cases.size() >= 131);
  for (const GoldenCase& c : cases) check_case(c);
}

}  // namespace
}  // namespace ek
