// The norms as layers: names, options, messages, make_norm. (Numbers: goldens, gradient checks, traps.)
#include <doctest/doctest.h>

#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/files/state.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/layers/conv2d.h"
#include "evenkeel/layers/functions.h"
#include "evenkeel/layers/layer.h"
#include "evenkeel/layers/make_norm.h"
#include "evenkeel/layers/norm.h"
#include "evenkeel/layers/sequential.h"
#include "tests/support/compare.h"

namespace ek {
namespace {

using Names = std::vector<std::string>;

Names names_of(const Layer& layer) {
  Names names;
  for (const auto& [name, value] : layer.state_dict()) names.push_back(name);
  return names;
}

TEST_CASE("what each norm owns, under PyTorch's names") {
  const Names all = {"weight", "bias", "running_mean", "running_var", "num_batches_tracked"};
  CHECK(names_of(BatchNorm2d(4)) == all);
  CHECK(names_of(BatchNorm1d(4)) == all);
  CHECK(names_of(BatchNorm2d(4, {.affine = false})) == Names(all.begin() + 2, all.end()));
  CHECK(names_of(BatchNorm2d(4, {.track_running_stats = false})) == Names{"weight", "bias"});
  CHECK(names_of(GroupNorm(2, 4)) == Names{"weight", "bias"});
  CHECK(names_of(GroupNorm(2, 4, {.affine = false})).empty());
  CHECK(names_of(LayerNorm(4)) == Names{"weight", "bias"});
  CHECK(names_of(InstanceNorm2d(4)).empty());
  CHECK(names_of(InstanceNorm2d(4, {.affine = true})) == Names{"weight", "bias"});
  CHECK(std::get<Tensor>(*LayerNorm(Shape{3, 5}).state_dict().find("weight")).shape() ==
        Shape{3, 5});
  CHECK(std::get<IntTensor>(*BatchNorm1d(4).state_dict().find("num_batches_tracked")).shape() ==
        Shape{});
}

struct Features : Layer {
  Sequential& features = add("features", Sequential(Conv2d(3, 4, 3), BatchNorm2d(4), ReLU()));
  Tensor forward(const Tensor& x) override { return features(x); }
};

TEST_CASE("one value per channel: the message has path, layer, shape and remedy") {
  Features net;
  const Tensor x = Tensor::full({1, 3, 3, 3}, 1);
  CHECK_THROWS_WITH_AS(
      net(x),
      "features.1 (BatchNorm2d(4, eps=1e-05, momentum=0.1)): one value per channel in input [1, 4, "
      "1, 1], and its own mean would be all that is left of it; take a larger batch, drop the last "
      "partial batch, use GroupNorm or LayerNorm, or call eval()",
      LayerError);
  const EvalMode guard(net);
  CHECK_NOTHROW(net(x));
}

TEST_CASE("without running statistics, eval() is no remedy") {
  BatchNorm1d bn(2, {.track_running_stats = false});
  const char* message =
      "BatchNorm1d(2, eps=1e-05, momentum=0.1, track_running_stats=False): one value per channel "
      "in input [1, 2], and its own mean would be all that is left of it; take a larger batch, "
      "drop the last partial batch, use GroupNorm or LayerNorm";
  CHECK_THROWS_WITH_AS(bn(Tensor::full({1, 2}, 1)), message, LayerError);
  bn.eval();
  CHECK_THROWS_WITH_AS(bn(Tensor::full({1, 2}, 1)), message, LayerError);
}

TEST_CASE("InstanceNorm with a map of one pixel: an error in training only") {
  InstanceNorm2d norm(2);
  CHECK_THROWS_WITH_AS(
      norm(Tensor::full({3, 2, 1, 1}, 1)),
      "InstanceNorm2d(2, eps=1e-05): one value per channel of a sample in input [3, 2, 1, 1], and "
      "its own mean would be all that is left of it; use LayerNorm or GroupNorm, or call eval()",
      LayerError);
  norm.eval();
  CHECK_NOTHROW(norm(Tensor::full({3, 2, 1, 1}, 1)));
}

TEST_CASE("an input of the wrong shape") {
  auto message_of = [](Layer&& layer, Shape shape) -> std::string {
    try {
      layer(Tensor::full(shape, 1));
    } catch (const LayerError& error) {
      return error.what();
    }
    return "";
  };
  CHECK(
      message_of(BatchNorm2d(4), {2, 3, 5, 5}) ==
      "BatchNorm2d(4, eps=1e-05, momentum=0.1): expected an input [N, 4, H, W], got [2, 3, 5, 5]");
  CHECK(message_of(BatchNorm2d(4), {2, 4}) ==
        "BatchNorm2d(4, eps=1e-05, momentum=0.1): expected an input [N, 4, H, W], got [2, 4]");
  CHECK(message_of(BatchNorm1d(4), {2, 4, 5, 5}) ==
        "BatchNorm1d(4, eps=1e-05, momentum=0.1): expected an input [N, 4] or [N, 4, L], got [2, "
        "4, 5, 5]");
  CHECK(message_of(GroupNorm(2, 4), {2, 6}) ==
        "GroupNorm(2, 4, eps=1e-05): expected an input [N, 4, ...], got [2, 6]");
  CHECK(message_of(InstanceNorm1d(4), {2, 4, 5, 5}) ==
        "InstanceNorm1d(4, eps=1e-05): expected an input [N, 4, L], got [2, 4, 5, 5]");
  CHECK(message_of(LayerNorm(Shape{4, 5}), {2, 5}) ==
        "LayerNorm([4, 5], eps=1e-05): expected an input [..., [4, 5]], got [2, 5]");
  CHECK(message_of(LayerNorm(5), {}) ==
        "LayerNorm([5], eps=1e-05): expected an input [..., [5]], got []");
}

TEST_CASE("bad options") {
  CHECK_THROWS_WITH_AS(BatchNorm2d(0),
                       "BatchNorm2d: the number of channels must be positive, got 0",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(BatchNorm2d(4, {.eps = 0}), "BatchNorm2d: eps must be positive, got 0",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(BatchNorm1d(4, {.momentum = 1.5}),
                       "BatchNorm1d: momentum must lie in [0, 1], got 1.5", std::invalid_argument);
  CHECK_THROWS_WITH_AS(BatchNorm1d(4, {.momentum = std::nan("")}),
                       "BatchNorm1d: momentum must lie in [0, 1], got nan", std::invalid_argument);
  CHECK_THROWS_WITH_AS(GroupNorm(3, 4), "GroupNorm: 4 channels cannot be split into 3 groups",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(LayerNorm(Shape{}), "LayerNorm: expected sizes to normalise over, got []",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(InstanceNorm1d(-1),
                       "InstanceNorm1d: the number of channels must be positive, got -1",
                       std::invalid_argument);
}

TEST_CASE("only training moves the running statistics, also under NoGrad") {
  BatchNorm1d bn(2);
  const Tensor running = std::get<Tensor>(*bn.state_dict().find("running_mean"));
  const Tensor x = Tensor::from({2, 2}, {1, 2, 3, 6});
  bn.eval();
  bn(x);
  CHECK(same_bits(running, Tensor::zeros({2})));
  bn.train();
  bn(x);
  CHECK(running.data()[0] == doctest::Approx(0.2));
  CHECK(running.data()[1] == doctest::Approx(0.4));
}

TEST_CASE("names of norms, back and forth") {
  for (const Norm norm : {Norm::batch, Norm::layer, Norm::instance, Norm::group, Norm::none})
    CHECK(norm_from_name(name_of(norm)) == norm);
  CHECK(norm_from_name("batch") == Norm::batch);
  CHECK_THROWS_WITH_AS(norm_from_name("Batch"),
                       "norm: 'Batch' is not one of batch, layer, instance, group, none",
                       std::invalid_argument);
}

TEST_CASE("make_norm: which layer stands for which name") {
  auto maps = [](MakeNormOptions o) { return make_norm2d(64, o)->describe(); };
  auto vectors = [](MakeNormOptions o) { return make_norm1d(64, o)->describe(); };
  CHECK(maps({.eps = 1e-3, .momentum = 0.2}) == "BatchNorm2d(64, eps=0.001, momentum=0.2)");
  CHECK(maps({.norm = Norm::layer}) == "GroupNorm(1, 64, eps=1e-05)");
  CHECK(maps({.norm = Norm::instance}) == "InstanceNorm2d(64, eps=1e-05, affine=True)");
  CHECK(maps({.norm = Norm::group}) == "GroupNorm(32, 64, eps=1e-05)");
  CHECK(maps({.norm = Norm::group, .groups = 48}) == "GroupNorm(32, 64, eps=1e-05)");
  CHECK(maps({.norm = Norm::group, .groups = 100}) == "GroupNorm(64, 64, eps=1e-05)");
  CHECK(maps({.norm = Norm::none}) == "Identity()");
  CHECK(vectors({}) == "BatchNorm1d(64, eps=1e-05, momentum=0.1)");
  CHECK(vectors({.norm = Norm::layer}) == "LayerNorm([64], eps=1e-05)");
  CHECK(vectors({.norm = Norm::instance}) == "LayerNorm([64], eps=1e-05)");
  CHECK(vectors({.norm = Norm::group}) == "GroupNorm(32, 64, eps=1e-05)");
  CHECK(vectors({.norm = Norm::none}) == "Identity()");
  CHECK_THROWS_WITH_AS(make_norm2d(64, {.norm = Norm::group, .groups = 0}),
                       "make_norm: groups must be positive, got 0", std::invalid_argument);
}

}  // namespace
}  // namespace ek
