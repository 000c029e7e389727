// Every op of core against PyTorch: y, and the gradient of sum(y dy) for every input.
#include <doctest/doctest.h>

#include <functional>
#include <map>
#include <string>
#include <variant>

#include "evenkeel/core/base/conv_shape.h"
#include "evenkeel/core/base/norm_view.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/ops/activation.h"
#include "evenkeel/core/ops/elementwise.h"
#include "evenkeel/core/ops/loss.h"
#include "evenkeel/core/ops/matmul.h"
#include "evenkeel/core/ops/normalize.h"
#include "evenkeel/core/ops/pool_windows.h"
#include "evenkeel/core/ops/pooling.h"
#include "evenkeel/core/ops/reduce.h"
#include "evenkeel/core/ops/reshape.h"
#include "evenkeel/core/tensor/autograd.h"
#include "evenkeel/core/tensor/tensor.h"
#include "tests/support/compare.h"
#include "tests/support/golden.h"

namespace ek {
namespace {

// The references are float64 rounded once, so this is our rounding alone: measured, 3e-7 at most.
constexpr double kTolerance = 1e-6;

/// The inputs of a case by name; an empty tensor for one that it does not have.
using Inputs = std::map<std::string, Tensor>;
using Op = std::function<Tensor(const GoldenCase&, Inputs&)>;

PoolOptions pool_options(const GoldenCase& c) {
  PoolOptions options{.padding = c.pair("padding")};
  if (c.option("stride") != "none") options.stride = c.pair("stride");
  if (c.options.contains("count_include_pad"))
    options.count_include_pad = c.flag("count_include_pad");
  return options;
}

Conv2dOptions conv_options(const GoldenCase& c) {
  return {.stride = c.pair("stride"),
          .padding = c.padding(),
          .dilation = c.pair("dilation"),
          .groups = c.number("groups")};
}

Reduction reduction(const GoldenCase& c) {
  const std::map<std::string, Reduction> names = {
      {"mean", Reduction::mean}, {"sum", Reduction::sum}, {"none", Reduction::none}};
  return names.at(c.option("reduction"));
}

CrossEntropyOptions cross_entropy_options(const GoldenCase& c, Inputs& t) {
  return {.class_weights = t["class_weights"],
          .ignore_index = static_cast<int>(c.number("ignore_index")),
          .label_smoothing = c.real("label_smoothing"),
          .reduction = reduction(c)};
}

int axis(const GoldenCase& c, const char* key = "axis") { return static_cast<int>(c.number(key)); }
Real scalar(const GoldenCase& c) { return static_cast<Real>(c.real("c")); }

const std::map<std::string, Op> kOps = {
    {"add", [](const GoldenCase&, Inputs& t) { return t["a"] + t["b"]; }},
    {"sub", [](const GoldenCase&, Inputs& t) { return t["a"] - t["b"]; }},
    {"mul", [](const GoldenCase&, Inputs& t) { return t["a"] * t["b"]; }},
    {"div", [](const GoldenCase&, Inputs& t) { return t["a"] / t["b"]; }},
    {"add_scalar", [](const GoldenCase& c, Inputs& t) { return t["x"] + scalar(c); }},
    {"sub_scalar", [](const GoldenCase& c, Inputs& t) { return t["x"] - scalar(c); }},
    {"mul_scalar", [](const GoldenCase& c, Inputs& t) { return t["x"] * scalar(c); }},
    {"div_scalar", [](const GoldenCase& c, Inputs& t) { return t["x"] / scalar(c); }},
    {"scalar_add", [](const GoldenCase& c, Inputs& t) { return scalar(c) + t["x"]; }},
    {"scalar_sub", [](const GoldenCase& c, Inputs& t) { return scalar(c) - t["x"]; }},
    {"scalar_mul", [](const GoldenCase& c, Inputs& t) { return scalar(c) * t["x"]; }},
    {"scalar_div", [](const GoldenCase& c, Inputs& t) { return scalar(c) / t["x"]; }},
    {"neg", [](const GoldenCase&, Inputs& t) { return -t["x"]; }},
    {"exp", [](const GoldenCase&, Inputs& t) { return exp(t["x"]); }},
    {"log", [](const GoldenCase&, Inputs& t) { return log(t["x"]); }},
    {"sqrt", [](const GoldenCase&, Inputs& t) { return sqrt(t["x"]); }},
    {"relu", [](const GoldenCase&, Inputs& t) { return relu(t["x"]); }},
    {"leaky_relu",
     [](const GoldenCase& c, Inputs& t) {
       return leaky_relu(t["x"], static_cast<Real>(c.real("slope")));
     }},
    {"sigmoid", [](const GoldenCase&, Inputs& t) { return sigmoid(t["x"]); }},
    {"tanh", [](const GoldenCase&, Inputs& t) { return tanh(t["x"]); }},
    {"gelu", [](const GoldenCase&, Inputs& t) { return gelu(t["x"]); }},
    {"softmax", [](const GoldenCase& c, Inputs& t) { return softmax(t["x"], axis(c)); }},
    {"log_softmax", [](const GoldenCase& c, Inputs& t) { return log_softmax(t["x"], axis(c)); }},
    {"sum", [](const GoldenCase&, Inputs& t) { return sum(t["x"]); }},
    {"mean", [](const GoldenCase&, Inputs& t) { return mean(t["x"]); }},
    {"sum_axis", [](const GoldenCase& c, Inputs& t) { return sum(t["x"], axis(c)); }},
    {"mean_axis", [](const GoldenCase& c, Inputs& t) { return mean(t["x"], axis(c)); }},
    {"reshape",
     [](const GoldenCase& c, Inputs& t) {
       const auto sizes = c.numbers("sizes");
       return reshape(t["x"], {sizes.at(0), sizes.at(1), sizes.at(2)});
     }},
    {"flatten", [](const GoldenCase& c, Inputs& t) { return flatten(t["x"], axis(c, "start")); }},
    {"cat",
     [](const GoldenCase& c, Inputs& t) {
       return cat({t["a"], t["b"], t["c"]}, axis(c));
     }},
    {"matmul", [](const GoldenCase&, Inputs& t) { return matmul(t["a"], t["b"]); }},
    {"transpose", [](const GoldenCase&, Inputs& t) { return transpose(t["x"]); }},
    {"linear", [](const GoldenCase&, Inputs& t) { return linear(t["x"], t["weight"], t["bias"]); }},
    {"conv2d", [](const GoldenCase& c,
                  Inputs& t) { return conv2d(t["x"], t["weight"], t["bias"], conv_options(c)); }},
    {"max_pool2d", [](const GoldenCase& c,
                      Inputs& t) { return max_pool2d(t["x"], c.pair("kernel"), pool_options(c)); }},
    {"avg_pool2d", [](const GoldenCase& c,
                      Inputs& t) { return avg_pool2d(t["x"], c.pair("kernel"), pool_options(c)); }},
    {"adaptive_avg_pool2d",
     [](const GoldenCase& c, Inputs& t) { return adaptive_avg_pool2d(t["x"], c.pair("output")); }},
    {"global_avg_pool2d", [](const GoldenCase&, Inputs& t) { return global_avg_pool2d(t["x"]); }},
    {"normalize_across",
     [](const GoldenCase& c, Inputs& t) {
       return normalize(t["x"], NormView::across(t["x"].shape()), t["weight"], t["bias"],
                        c.real("eps"));
     }},
    {"normalize_within",
     [](const GoldenCase& c, Inputs& t) {
       const NormView view = NormView::within(t["x"].shape(), c.number("groups"));
       return normalize(t["x"], view, t["weight"], t["bias"], c.real("eps"));
     }},
    {"normalize_with",
     [](const GoldenCase& c, Inputs& t) {
       return normalize_with(t["x"], NormView::across(t["x"].shape()), t["mean"], t["var"],
                             t["weight"], t["bias"], c.real("eps"));
     }},
    {"mse_loss", [](const GoldenCase& c,
                    Inputs& t) { return mse_loss(t["prediction"], t["target"], reduction(c)); }},
    {"cross_entropy",
     [](const GoldenCase& c, Inputs& t) {
       return cross_entropy(t["logits"], c.labels("labels"), cross_entropy_options(c, t));
     }},
};

/// The float tensors of a case that are not results; those that have a result "dNAME" want a gradient.
Inputs inputs_of(const GoldenCase& c) {
  Inputs inputs;
  for (const auto& [name, value] : c.tensors) {
    const bool gradient = name[0] == 'd' && (name == "dy" || c.has(name.substr(1)));
    if (name == "y" || gradient || !std::holds_alternative<Tensor>(value)) continue;
    inputs[name] = c.tensor(name);
    if (c.has("d" + name)) inputs[name].requires_grad(true);
  }
  return inputs;
}

void check_case(const GoldenCase& c) {
  CAPTURE(c.name);
  Inputs inputs = inputs_of(c);
  const Inputs given = inputs;
  const Tensor y = kOps.at(c.option("op"))(c, inputs);
  CHECK(relative_error(y, c.tensor("y")) <= kTolerance);
  if (y.requires_grad()) sum(y * c.tensor("dy")).backward();
  for (const auto& [name, input] : given) {
    const std::string& tensor = name;  // clang 14 captures no structured binding
    CAPTURE(tensor);
    if (c.has("d" + name))
      CHECK(relative_error(input.grad(), c.tensor("d" + name)) <= kTolerance);
    else
      CHECK_FALSE(bool(input.grad()));
  }
}

TEST_CASE("every op gives what PyTorch gives, forward and backward") {
  const auto cases = read_golden("ops");
  REQUIRE(cases.size() >= 160);
  for (const GoldenCase& c : cases) check_case(c);
}

TEST_CASE("cross-entropy and squared error give what PyTorch gives, with every option") {
  const auto cases = read_golden("loss");
  REQUIRE(cases.size() >= 42);
  for (const GoldenCase& c : cases) check_case(c);
}

}  // namespace
}  // namespace ek
