// Training: what a convolution, a norm and a pool leave to be computed by the op that reads it has the same bits as if
// each had done its own at once.
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <vector>

#include <doctest/doctest.h>

#include "evenkeel/core/base/conv_shape.h"
#include "evenkeel/core/base/norm_view.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/ops/activation.h"
#include "evenkeel/core/ops/conv.h"
#include "evenkeel/core/ops/elementwise.h"
#include "evenkeel/core/ops/normalize.h"
#include "evenkeel/core/ops/pooling.h"
#include "evenkeel/core/ops/random.h"
#include "evenkeel/core/ops/reduce.h"
#include "evenkeel/core/ops/reshape.h"
#include "evenkeel/core/tensor/autograd.h"
#include "evenkeel/core/tensor/tensor.h"
#include "tests/support/compare.h"
#include "tests/support/threads.h"

namespace ek {
namespace {

Tensor numbers(Shape shape, const char* name) {
  Tensor t(shape);
  fill_normal(t, 0, 1, Stream(83, name));
  return t;
}

struct Config {
  Shape x, weight;
  Conv2dOptions options;
  std::int64_t
      norm_groups;  // 0: over the batch; -1: all values of a sample at once, seen as rows of another view
  bool bias, relu;
};

/// The results and gradients of a convolution with a norm behind it. A reshape between them reads the values and the
/// gradient: so each op does its own.
std::vector<Tensor> run(const Config& c, bool x_gradient, bool apart) {
  Tensor x = numbers(c.x, "x"), weight = numbers(c.weight, "weight").requires_grad(true);
  Tensor bias = c.bias ? numbers({c.weight[0]}, "bias").requires_grad(true) : Tensor();
  x.requires_grad(x_gradient);
  Tensor h = conv2d(x, weight, bias, c.options);
  if (apart) {
    (void)h.data();
    h = reshape(h, h.shape());
  }
  const NormView view = c.norm_groups > 0    ? NormView::within(h.shape(), c.norm_groups)
                        : c.norm_groups == 0 ? NormView::across(h.shape())
                                             : NormView{1, h.dim(0), h.numel() / h.dim(0), 0};
  Tensor gamma = numbers({view.features}, "gamma").requires_grad(true);
  Moments stats;
  Tensor y = normalize(h, view, gamma, {}, 1e-5, &stats);
  if (c.relu) y = relu(y);
  sum(y * numbers(y.shape(), "dy")).backward();
  Tensor mean({std::ssize(stats.mean)});
  for (std::size_t i = 0; i < stats.mean.size(); ++i)
    mean.mutable_data()[i] = static_cast<Real>(stats.mean[i]);
  std::vector<Tensor> all = {y.detach(), mean, weight.grad(), gamma.grad()};
  if (c.bias) all.push_back(bias.grad());
  if (x_gradient) all.push_back(x.grad());
  return all;
}

TEST_CASE("a norm behind a convolution in training") {
  const std::vector<Config> configs = {
      {{9, 3, 8, 10}, {5, 3, 3, 3}, {.padding = 1}, 0, true, true},  // direct; products for dweight
      {{3, 3, 150, 9}, {5, 3, 3, 3}, {.padding = 1}, 0, false, true},   // in several bands
      {{2, 16, 6, 20}, {16, 16, 3, 3}, {.padding = 1}, 0, true, true},  // along the rows
      {{5, 32, 8, 8}, {32, 32, 3, 3}, {.padding = 1}, 0, false, true},  // Winograd
      {{9, 4, 9, 7}, {6, 2, 3, 3}, {.stride = 2, .groups = 2}, 0, true, false},
      {{3, 4, 9, 7}, {6, 4, 2, 3}, {.stride = 3}, 3, true, true},  // GroupNorm
      {{4, 3, 8, 8}, {5, 3, 3, 3}, {}, 5, false, true},            // InstanceNorm
      {{4, 3, 8, 8}, {5, 3, 3, 3}, {}, -1, true, false},
  };
  for (std::size_t i = 0; i < configs.size(); ++i)
    for (const bool x_gradient : {false, true})
      for (const int threads : {1, 3}) {
        CAPTURE(i);
        CAPTURE(x_gradient);
        CAPTURE(threads);
        const Threads scope(threads);
        const std::vector<Tensor> together = run(configs[i], x_gradient, false);
        const std::vector<Tensor> apart = run(configs[i], x_gradient, true);
        REQUIRE(together.size() == apart.size());
        for (std::size_t k = 0; k < together.size(); ++k) CHECK(same_bits(together[k], apart[k]));
      }
}

/// The gradient of h, which a pool and a product take; in this order, or the other one.
Tensor pooled_gradient(auto pool, bool pool_first, int pools) {
  Tensor x = numbers({2, 3, 9, 8}, "x").requires_grad(true);
  const Tensor h = x + x;
  Tensor loss;
  auto add = [&](const Tensor& y, const char* name) {
    const Tensor term = sum(y * numbers(y.shape(), name));
    loss = loss ? loss + term : term;
  };
  if (!pool_first) add(h, "q");
  for (int i = 0; i < pools; ++i) add(pool(h), "p");
  if (pool_first) add(h, "q");
  loss.backward();
  return x.grad();
}

TEST_CASE("a pool adds its gradient to the one from elsewhere") {
  auto check_pool = [](auto pool) {
    auto alone = [&](bool pooled, const char* name) {
      Tensor x = numbers({2, 3, 9, 8}, "x").requires_grad(true);
      const Tensor h = x + x, y = pooled ? pool(h) : h;
      sum(y * numbers(y.shape(), name)).backward();
      return x.grad();
    };
    const Tensor product = alone(false, "q"), once = alone(true, "p");
    for (const bool pool_first : {false, true})
      for (const int pools : {1, 2}) {
        const Tensor expected = pools == 1 ? product + once : product + once + once;
        CHECK(relative_error(pooled_gradient(pool, pool_first, pools).data(), expected.data()) <
              3e-7);
      }
  };
  check_pool([](const Tensor& h) { return avg_pool2d(h, 1, {.stride = 2}); });
  check_pool([](const Tensor& h) {
    return avg_pool2d(h, 3, {.stride = 2, .padding = 1});
  });  // windows overlap
  check_pool([](const Tensor& h) { return max_pool2d(h, 2); });
  check_pool([](const Tensor& h) { return max_pool2d(h, 3, {.stride = 1}); });
}

}  // namespace
}  // namespace ek
