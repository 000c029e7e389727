// Inference: BatchNorm with given statistics, and a relu behind it, become part of the convolution before them.
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "evenkeel/core/base/conv_shape.h"
#include "evenkeel/core/base/norm_view.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/machine/profile.h"
#include "evenkeel/core/ops/activation.h"
#include "evenkeel/core/ops/conv.h"
#include "evenkeel/core/ops/elementwise.h"
#include "evenkeel/core/ops/normalize.h"
#include "evenkeel/core/ops/pooling.h"
#include "evenkeel/core/ops/random.h"
#include "evenkeel/core/ops/reduce.h"
#include "evenkeel/core/tensor/autograd.h"
#include "evenkeel/core/tensor/tensor.h"
#include "tests/support/compare.h"

namespace ek {
namespace {

Tensor numbers(Shape shape, const char* name) {
  Tensor t(shape);
  fill_normal(t, 0, 1, Stream(67, name));
  return t;
}

/// A convolution and the BatchNorm behind it. weight's sign varies, and so does that of gamma.
struct ConvAndNorm {
  Tensor x, weight, bias, gamma, beta, mean, var;
  Conv2dOptions options;

  ConvAndNorm(std::int64_t in, std::int64_t out, bool with_bias, bool affine, Conv2dOptions o)
      : options(o) {
    x = numbers({3, in, 9, 18}, "x");
    weight = numbers({out, in / o.groups, 3, 3}, "weight");
    if (with_bias) bias = numbers({out}, "bias");
    if (affine) gamma = numbers({out}, "gamma"), beta = numbers({out}, "beta");
    mean = numbers({out}, "mean");
    var = numbers({out}, "var");
    for (Real& v : var.mutable_data()) v = v * v + Real(0.1);
  }

  Tensor conv() const { return conv2d(x, weight, bias, options); }
  Tensor norm(const Tensor& h) const {
    return normalize_with(h, NormView::across(h.shape()), mean, var, gamma, beta, 1e-5);
  }
  Tensor settled_conv() const {  // with its values there, nothing can become part of it
    Tensor h = conv();
    (void)h.data();
    return h;
  }
};

std::vector<std::string> ops(const std::function<Tensor()>& run) {
  std::vector<ProfileEvent> events;
  {
    const Profiling profiling(events);
    (void)run().data();
  }
  std::vector<std::string> names;
  for (const ProfileEvent& e : events) names.push_back(e.name);
  return names;
}

TEST_CASE("folded and not folded agree, for bias, affine, groups, strides, all ways to convolve") {
  const NoGrad no_grad;
  struct Channels {
    std::int64_t in, out, groups;
  };
  for (const Channels c :
       {Channels{4, 6, 1}, {4, 6, 2}, {3, 64, 1}, {16, 16, 1}, {32, 32, 1}, {8, 8, 8}})
    for (const std::int64_t stride : {1, 2})
      for (const bool bias : {true, false})
        for (const bool affine : {true, false}) {
          CAPTURE(c.in);
          CAPTURE(c.groups);
          CAPTURE(stride);
          const ConvAndNorm p(c.in, c.out, bias, affine,
                              {.stride = stride, .padding = 1, .groups = c.groups});
          const Tensor expected = p.norm(p.settled_conv());
          CHECK(relative_error(p.norm(p.conv()), expected, 1) <= 1e-5);
          CHECK(relative_error(relu(p.norm(p.conv())), relu(expected), 1) <= 1e-5);
          const Tensor other = numbers(expected.shape(), "other");
          CHECK(relative_error(other + p.norm(p.conv()), expected + other, 1) <= 1e-5);
          CHECK(relative_error(relu(p.norm(p.conv()) + other), relu(expected + other), 1) <= 1e-5);
          CHECK(same_bits(relu(p.conv() + other), relu(p.settled_conv() + other)));
        }
}

TEST_CASE("one pass over the maps: the profile has the convolution alone") {
  const NoGrad no_grad;
  const ConvAndNorm p(3, 8, true, true, {.padding = 1});
  CHECK(ops([&] { return p.norm(p.conv()); }) == std::vector<std::string>{"conv2d"});
  CHECK(ops([&] { return relu(p.norm(p.conv())); }) == std::vector<std::string>{"conv2d+relu"});
  CHECK(ops([&] { return relu(p.conv()); }) == std::vector<std::string>{"conv2d+relu"});
  const Tensor other = p.settled_conv();
  CHECK(ops([&] { return p.norm(p.conv()) + other; }) == std::vector<std::string>{"conv2d+add"});
  CHECK(ops([&] { return relu(other + p.norm(p.conv())); }) ==
        std::vector<std::string>{"conv2d+add+relu"});
}

TEST_CASE("max-pooling behind a convolution works on a few samples at a time") {
  const NoGrad no_grad;
  for (const std::int64_t samples : {3, 21, 160})
    for (const std::int64_t channels : {3, 16, 32}) {  // directly, and by Winograd's ways
      const Tensor x = numbers({samples, channels, 8, 18}, "x"),
                   weight = numbers({16 + channels, channels, 3, 3}, "w");
      auto conv = [&] {
        return relu(conv2d(x, weight, numbers({16 + channels}, "bias"), {.padding = 1}));
      };
      const Tensor h = conv();
      (void)h.data();
      CHECK(same_bits(max_pool2d(conv(), 2), max_pool2d(h, 2)));
    }
}

TEST_CASE("a norm behind a relu is not folded into what comes before the relu") {
  const NoGrad no_grad;
  const ConvAndNorm p(3, 8, true, true, {.padding = 1});
  const Tensor h = p.settled_conv();
  CHECK(relative_error(p.norm(relu(p.conv())), p.norm(relu(h)), 1) <= 1e-5);
}

TEST_CASE("with a gradient to come nothing is folded, and the gradients are those of the two ops") {
  ConvAndNorm p(3, 8, true, true, {.padding = 1});
  p.gamma.requires_grad(true);
  sum(p.norm(p.conv())).backward();
  const Tensor folded = p.gamma.grad();
  p.gamma.zero_grad();
  sum(p.norm(p.settled_conv())).backward();
  CHECK(same_bits(folded, p.gamma.grad()));
}

TEST_CASE("weights that change after the convolution was written down do not change its result") {
  const NoGrad no_grad;
  ConvAndNorm p(3, 8, true, true, {.padding = 1});
  const Tensor before = p.settled_conv(), later = p.conv(), normed = p.norm(p.conv()),
               expected = p.norm(before);
  for (Real& w : p.weight.mutable_data()) w = 0;
  CHECK(same_bits(later, before));
  CHECK(relative_error(normed, expected, 1) <= 1e-5);
}

}  // namespace
}  // namespace ek
