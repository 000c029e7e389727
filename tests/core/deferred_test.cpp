// Results that are computed when they are first read: nobody must notice.
#include "evenkeel/core/lazy/deferred.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <vector>

#include "evenkeel/core/base/norm_view.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/ops/activation.h"
#include "evenkeel/core/ops/elementwise.h"
#include "evenkeel/core/ops/normalize.h"
#include "evenkeel/core/ops/random.h"
#include "evenkeel/core/ops/reduce.h"
#include "evenkeel/core/ops/reshape.h"
#include "evenkeel/core/tensor/autograd.h"
#include "evenkeel/core/tensor/storage.h"
#include "evenkeel/core/tensor/tensor.h"
#include "tests/support/compare.h"

namespace ek {
namespace {

Tensor numbers(Shape shape, const char* name) {
  Tensor t(shape);
  fill_normal(t, 0, 1, Stream(61, name));
  return t;
}

Tensor norm(const Tensor& x) { return normalize(x, NormView::across(x.shape()), {}, {}, 1e-5); }

/// norm, whose values are there at once.
Tensor settled_norm(const Tensor& x) {
  const Tensor y = norm(x);
  (void)y.data();
  return y;
}

/// A deferred copy of x, and how often it was computed.
Tensor copy_later(const Tensor& x, int& computed) {
  return defer(x.shape(), {x},
               {.compute =
                    [x = x.detach(), &computed](Tensor& out) {
                      ++computed;
                      std::ranges::copy(x.data(), out.mutable_data().begin());
                    },
                .relu = [] { return Tensor(); }});
}

TEST_CASE("values are computed at the first reading, once, for all handles") {
  int computed = 0;
  const Tensor x = numbers({3}, "x");
  const Tensor y = copy_later(x, computed), handle = y;
  CHECK(y.shape() == Shape{3});
  CHECK(computed == 0);
  CHECK(same_bits(handle, x));
  CHECK(same_bits(y, x));
  CHECK(handle.aliases(y));
  CHECK(computed == 1);
}

TEST_CASE("every way to the values computes them first") {
  const Tensor x = numbers({1}, "x");
  for (int way = 0; way < 7; ++way) {
    CAPTURE(way);
    int computed = 0;
    Tensor y = copy_later(x, computed);
    if (way == 0) CHECK(y.item() == x.item());
    if (way == 1) CHECK(same_bits(y.clone(), x));
    if (way == 2) CHECK(same_bits(y.detach(), x));
    if (way == 3) CHECK(same_bits(y.view({1, 1}).view({1}), x));
    if (way == 4) CHECK(y.mutable_data()[0] == x.item());
    if (way == 5) CHECK((y + y).item() == x.item() + x.item());
    if (way == 6) CHECK(reshape(y, {1, 1}).item() == x.item());
    CHECK(computed == 1);
  }
}

TEST_CASE("an input that is written to first does not change the result") {
  int computed = 0;
  Tensor x = numbers({3}, "x");
  const Tensor before = x.clone(), y = copy_later(x, computed);
  Tensor view = x.view({3, 1});
  view.mutable_data()[0] = 99;
  CHECK(computed == 1);
  CHECK(same_bits(y, before));
}

TEST_CASE("what is never read is never computed") {
  int computed = 0;
  Tensor x = numbers({1000}, "x");
  const std::size_t live = memory_use().live;
  { const Tensor y = copy_later(x, computed); }
  CHECK(memory_use().live == live);
  x.mutable_data()[0] = 1;
  CHECK(computed == 0);
}

TEST_CASE("relu of a norm has the values and gradients of the two ops") {
  const Shape shape = {4, 3, 5, 5};
  auto run = [&](bool fused) {
    std::vector<Tensor> in = {numbers(shape, "x"), numbers({3}, "weight"), numbers({3}, "bias")};
    for (Tensor& t : in) t.requires_grad(true);
    const Tensor h = normalize(in[0], NormView::across(shape), in[1], in[2], 1e-5);
    if (!fused) (void)h.data();
    const Tensor y = relu(h);
    sum(y * numbers(shape, "dy")).backward();
    return std::vector<Tensor>{y.detach(), in[0].grad(), in[1].grad(), in[2].grad()};
  };
  const auto fused = run(true), separate = run(false);
  CHECK(same_bits(fused[0], separate[0]));
  for (std::size_t i = 1; i < 4; ++i) CHECK(relative_error(fused[i], separate[i]) <= 1e-6);
}

TEST_CASE("a norm that is used beside its relu gets both gradients") {
  auto run = [&](bool fused) {
    Tensor x = numbers({4, 3, 5, 5}, "x");
    x.requires_grad(true);
    const Tensor h = fused ? norm(x) : settled_norm(x);
    const Tensor y = relu(h);
    sum(y * y + h * h * h).backward();
    return x.grad();
  };
  CHECK(relative_error(run(true), run(false)) <= 1e-5);
  CHECK(live_nodes() == 0);
}

TEST_CASE("relu outside of NoGrad does not bring back the history that NoGrad left out") {
  Tensor x = numbers({4, 3, 5, 5}, "x");
  x.requires_grad(true);
  Tensor h;
  {
    const NoGrad guard;
    h = norm(x);
  }
  CHECK(!h.requires_grad());
  CHECK(!relu(h).requires_grad());
}

TEST_CASE("relu of a norm that was marked as a leaf has that leaf's gradient") {
  Tensor h = norm(numbers({4, 3, 5, 5}, "x"));
  h.requires_grad(true);
  sum(relu(h)).backward();
  REQUIRE(h.grad());
  for (std::size_t i = 0; i < 100; ++i) CHECK(h.grad().data()[i] == (h.data()[i] > 0 ? 1 : 0));
}

TEST_CASE("relu under NoGrad of a norm with history records nothing") {
  Tensor x = numbers({4, 3, 5, 5}, "x");
  x.requires_grad(true);
  const Tensor h = norm(x);
  const NoGrad guard;
  const Tensor y = relu(h);
  CHECK(!y.requires_grad());
  CHECK(same_bits(y, relu(settled_norm(x))));
}

TEST_CASE(
    "a norm plus another tensor, with relu or without, has the values and gradients of the single "
    "ops") {
  const Shape shape = {4, 3, 40, 40};
  for (const bool cut : {false, true})
    for (const bool left : {false, true})
      for (const bool constants : {false, true}) {
        CAPTURE(cut);
        CAPTURE(left);
        CAPTURE(constants);
        auto run = [&](bool fused) {
          std::vector<Tensor> in = {numbers(shape, "x"), numbers({3}, "weight"),
                                    numbers({3}, "bias"), numbers(shape, "residual")};
          for (Tensor& t : in) t.requires_grad(true);
          const NormView view = NormView::across(shape);
          const Tensor ones = Tensor::full({3}, 1);
          const Tensor h =
              constants ? normalize_with(in[0], view, in[2].detach(), ones, in[1], in[2], 1e-5)
                        : normalize(in[0], view, in[1], in[2], 1e-5);
          if (!fused) (void)h.data();
          const Tensor both = left ? h + in[3] : in[3] + h, y = cut ? relu(both) : both;
          sum(y * numbers(shape, "dy") + in[3]).backward();  // two gradients meet at the residual
          return std::vector<Tensor>{y.detach(), in[0].grad(), in[1].grad(), in[2].grad(),
                                     in[3].grad()};
        };
        const auto fused = run(true), separate = run(false);
        for (std::size_t i = 0; i < fused.size(); ++i) CHECK(same_bits(fused[i], separate[i]));
      }
  CHECK(live_nodes() == 0);
}

TEST_CASE("a norm is added to itself, to another norm, and used beside the sum") {
  auto run = [&](bool fused) {
    Tensor x = numbers({4, 3, 5, 5}, "x");
    x.requires_grad(true);
    auto make = [&](const Tensor& t) { return fused ? norm(t) : settled_norm(t); };
    const Tensor h = make(x), other = make(x * x);
    sum(relu(h + h) * relu(other + h) + relu(h) * h).backward();
    return x.grad();
  };
  CHECK(relative_error(run(true), run(false)) <= 1e-5);
  CHECK(live_nodes() == 0);
}

TEST_CASE("a norm that nobody has read is added to itself") {
  for (const bool history : {true, false}) {
    Tensor x = numbers({4, 3, 5, 5}, "x");
    x.requires_grad(history);
    const Tensor h = norm(x), twice = h + h;
    const Tensor settled = settled_norm(x);
    CHECK(same_bits(twice, settled + settled));
    if (history) sum(twice * numbers(x.shape(), "dy")).backward();
  }
  CHECK(live_nodes() == 0);
}

TEST_CASE(
    "an addition neither loses the other tensor's gradient nor brings back the history that NoGrad "
    "left out") {
  Tensor x = numbers({4, 3, 5, 5}, "x"), other = numbers({4, 3, 5, 5}, "other");
  x.requires_grad(true);
  auto without_history = [&] {
    const NoGrad no_grad;
    return norm(x);
  };
  CHECK(!(without_history() + other).requires_grad());
  other.requires_grad(true);
  sum(relu(without_history() + other)).backward();
  CHECK(other.grad());
  CHECK(!x.grad());
  CHECK_THROWS_WITH_AS((void)(norm(x) + numbers({4, 3}, "small")),
                       doctest::Contains("shapes must be equal"), std::invalid_argument);
}

TEST_CASE("a weight that changes between norm and relu changes neither result") {
  Tensor weight = numbers({3}, "weight");
  const Tensor x = numbers({4, 3, 5, 5}, "x");
  auto affine = [&] { return normalize(x, NormView::across(x.shape()), weight, {}, 1e-5); };
  const Tensor expected = relu(affine()).clone(), h = affine();
  weight.mutable_data()[0] = 50;
  CHECK(same_bits(relu(h), expected));
}

}  // namespace
}  // namespace ek
