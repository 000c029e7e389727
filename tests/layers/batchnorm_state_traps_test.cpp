// Traps of BatchNorm in what is saved and how it is called.
#include <doctest/doctest.h>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/files/state.h"
#include "evenkeel/core/ops/activation.h"
#include "evenkeel/core/ops/elementwise.h"
#include "evenkeel/core/ops/random.h"
#include "evenkeel/core/ops/reduce.h"
#include "evenkeel/core/tensor/autograd.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/layers/conv2d.h"
#include "evenkeel/layers/functions.h"
#include "evenkeel/layers/layer.h"
#include "evenkeel/layers/norm.h"
#include "evenkeel/layers/sequential.h"
#include "tests/layers/trap_support.h"
#include "tests/support/compare.h"

namespace ek {
namespace {

TEST_CASE("T25 running statistics are buffers: saved, but not seen by an optimizer") {
  Sequential model(Conv2d(1, 2, 1, {.bias = false}), BatchNorm2d(2));
  std::vector<std::string> trained;
  for (const auto& [name, value] : model.named_parameters()) trained.push_back(name);
  CHECK(trained == std::vector<std::string>{"0.weight", "1.weight", "1.bias"});
  CHECK(names(model) == std::vector<std::string>{"0.weight", "1.weight", "1.bias", "1.running_mean",
                                                 "1.running_var", "1.num_batches_tracked"});
  CHECK_FALSE(state(model, "1.running_mean").requires_grad());
  sum(model(normal({4, 1, 3, 3}))).backward();
  CHECK_FALSE(state(model, "1.running_var").grad());

  Sequential copy(Conv2d(1, 2, 1, {.bias = false}), BatchNorm2d(2));
  copy.load_state_dict(model.state_dict());
  const Tensor saved = state(copy, "1.running_mean").clone();
  CHECK(same_bits(saved, state(model, "1.running_mean")));
  model(normal({4, 1, 3, 3}, 5));  // the copy has values of its own
  CHECK(same_bits(saved, state(copy, "1.running_mean")));
  CHECK_FALSE(same_bits(saved, state(model, "1.running_mean")));
}

TEST_CASE(
    "T26 weight starts at 1 and bias at 0, not at anything drawn, and initialize brings all of it "
    "back") {
  BatchNorm2d bn(3);
  const auto check_start = [&] {
    CHECK(same_bits(state(bn, "weight"), Tensor::full({3}, 1)));
    CHECK(same_bits(state(bn, "bias"), Tensor::zeros({3})));
    CHECK(same_bits(state(bn, "running_mean"), Tensor::zeros({3})));
    CHECK(same_bits(state(bn, "running_var"), Tensor::full({3}, 1)));
    CHECK(batches(bn) == 0);
  };
  check_start();
  set(bn, "weight", {7, 8, 9});
  set(bn, "bias", {1, 2, 3});
  bn(normal({4, 3, 2, 2}, 3, 2));
  bn.initialize({.seed = 5, .gain = 10});  // a gain is for weight matrices
  check_start();
}

TEST_CASE(
    "T27 a ReLU after the norm does not disturb its gradient, and statistics are not thrown away") {
  BatchNorm1d bn(2);
  set(bn, "weight", {-2, 3});
  set(bn, "bias", {Real(0.5), Real(-0.25)});
  Tensor x = normal({5, 2}, 2, 3);
  x.requires_grad(true);
  const Tensor dy = normal({5, 2}, 0, 1, 2);
  const Tensor y = bn(x);
  sum(relu(y) * dy).backward();
  const Tensor through = x.grad();
  Tensor masked =
      dy.clone();  // the same by hand: the gradient that the ReLU lets pass, straight into the norm
  for (std::size_t i = 0; i < 10; ++i)
    if (y.data()[i] <= 0) masked.mutable_data()[i] = 0;
  x.zero_grad();
  sum(bn(x) * masked).backward();
  CHECK(same_bits(x.grad(), through));
  CHECK(batches(bn) == 2);
  CHECK(state(bn, "running_mean").data()[0] != 0);
  CHECK(state(bn, "running_var").data()[0] != 1);
}

TEST_CASE("T28 channels are axis 1, in every layout") {
  const Tensor x = normal({4, 3, 2, 5}, 1, 2);
  const Tensor maps = BatchNorm2d(3)(x);
  CHECK(same_bits(BatchNorm1d(3)(x.view({4, 3, 10})).view({4, 3, 2, 5}), maps));
  CHECK(relative_error(BatchNorm1d(3)(Tensor::from({3, 3}, {1, 2, 3, 2, 4, 6, 3, 6, 9})),
                       Tensor::from({3, 3}, {-1.2247f, -1.2247f, -1.2247f, 0, 0, 0, 1.2247f,
                                             1.2247f, 1.2247f})) < 1e-4);
}

TEST_CASE("T28 a wrong number of channels or axes is an error with both numbers") {
  CHECK(contains(message_of([] {
                   BatchNorm2d(3)(normal({2, 4, 4, 3}));
                 }),
                 "expected an input [N, 3, H, W], got [2, 4, 4, 3]"));
  CHECK(contains(message_of([] {
                   BatchNorm1d(3)(normal({2, 4}));
                 }),
                 "expected an input [N, 3] or [N, 3, L], got [2, 4]"));
  CHECK(message_of([] { BatchNorm2d(3)(normal({2, 3})); }) != "");
  CHECK(message_of([] { BatchNorm1d(3)(normal({2, 3, 1, 1})); }) != "");
  CHECK(contains(message_of([] {
                   GroupNorm(2, 4)(normal({2, 6, 2}));
                 }),
                 "[N, 4, ...], got [2, 6, 2]"));
  CHECK(contains(message_of([] { GroupNorm(3, 4); }), "4 channels cannot be split into 3 groups"));
  CHECK(contains(message_of([] { LayerNorm(5)(normal({2, 4})); }), "[..., [5]], got [2, 4]"));
  CHECK(contains(message_of([] {
                   InstanceNorm2d(3)(normal({2, 4, 2, 2}));
                 }),
                 "[N, 3, H, W], got [2, 4, 2, 2]"));
}

TEST_CASE("T28 the other norms: neighbouring channels share a group, the variance is biased") {
  // Channels 0, 1 and channels 2, 3: each pair is -1 and 1 around its mean.
  const Tensor x = Tensor::from({1, 4}, {1, 3, 10, 12});
  const double one = 1 / std::sqrt(1 + 1e-5);
  CHECK(close(GroupNorm(2, 4)(x), {-one, one, -one, one}, 1e-6));
  CHECK(close(LayerNorm(2)(x.view({2, 2})), {-one, one, -one, one}, 1e-6));
  CHECK(close(InstanceNorm1d(2)(x.view({1, 2, 2})), {-one, one, -one, one}, 1e-6));
  CHECK(InstanceNorm2d(2).state_dict().size() ==
        0);  // as in PyTorch: no weight, no bias, no statistics
  CHECK(contains(message_of([] {
                   InstanceNorm2d(2)(normal({3, 2, 1, 1}));
                 }),
                 "one value per channel of a sample"));
}

}  // namespace
}  // namespace ek
