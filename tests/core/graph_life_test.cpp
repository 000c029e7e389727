// How long a graph lives, and what may be changed meanwhile.
#include <doctest/doctest.h>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/ops/activation.h"
#include "evenkeel/core/ops/elementwise.h"
#include "evenkeel/core/ops/matmul.h"
#include "evenkeel/core/ops/reduce.h"
#include "evenkeel/core/ops/reshape.h"
#include "evenkeel/core/tensor/autograd.h"
#include "evenkeel/core/tensor/storage.h"
#include "evenkeel/core/tensor/tensor.h"
#include "tests/core/autograd_support.h"
#include "tests/support/compare.h"

namespace ek {
namespace {

TEST_CASE("what an op has saved is freed as soon as its backward has run") {
  const Tensor x = leaf({2}, 1);
  auto saved = std::make_shared<int>(0);
  long alive_below = 0;
  const Tensor low = record("low", x.clone(), {x}, [&](const Tensor& dy) -> Gradients {
    alive_below = saved.use_count();
    return {dy};
  });
  const Tensor high =
      record("high", low.clone(), {low}, [saved](const Tensor& dy) -> Gradients { return {dy}; });
  const Tensor loss = sum(high);
  CHECK(saved.use_count() == 2);
  loss.backward();
  CHECK(alive_below == 1);
  CHECK(saved.use_count() == 1);
}

TEST_CASE("no node outlives its graph") {
  CHECK(live_nodes() == 0);
  {
    const Tensor x = leaf({2, 2}, 1);
    const Tensor y = relu(matmul(x, x) * x + x);
    CHECK(live_nodes() == 4);
    const Tensor loss = sum(y);
    CHECK(live_nodes() == 5);
    loss.backward();
  }
  CHECK(live_nodes() == 0);
  {
    const Tensor x = leaf({2}, 1);
    sum(x * x).backward();
    CHECK(live_nodes() == 0);  // the graph's tensors were temporaries
  }
}

TEST_CASE("a graph is run backward once") {
  const Tensor x = leaf({2}, 3);
  const Tensor y = x * x;
  const Tensor loss = sum(y);
  loss.backward();
  CHECK_THROWS_WITH_AS(loss.backward(),
                       "backward: 'sum' was already run backward; its saved values are freed",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(sum(y).backward(),
                       "backward: 'mul' was already run backward; its saved values are freed",
                       std::invalid_argument);
  CHECK(same_bits(x.grad(), Tensor::full({2}, 6)));
}

TEST_CASE("a saved input that was changed is noticed") {
  Tensor x = leaf({2}, 3), c = Tensor::full({2}, 5);
  const Tensor loss = sum(c * x);
  c.mutable_data()[0] = 6;
  CHECK_THROWS_WITH_AS(
      loss.backward(),
      "backward: input 0 of 'mul' was changed after the op had used it; change a clone() instead",
      std::invalid_argument);
  CHECK(!x.grad());
}

TEST_CASE("a change through another handle, a view or a reshape is noticed as well") {
  for (const bool through_view : {true, false}) {
    Tensor x = leaf({2}, 3), c = Tensor::full({2}, 5);
    const Tensor loss = sum(x * reshape(c, {2}));
    Tensor other = through_view ? c.view({1, 2}) : c;
    other.mutable_data()[0] = 6;
    CHECK_THROWS_AS(loss.backward(), std::invalid_argument);
  }
}

TEST_CASE("a saved result that was changed is noticed") {
  const Tensor x = leaf({2}, 3);
  Tensor y = exp(x);  // its gradient is computed from y
  const Tensor loss = sum(y * Real(2));
  y.mutable_data()[0] = 0;
  CHECK_THROWS_AS(loss.backward(), std::invalid_argument);
  Tensor root = exp(leaf({}, 3));
  root.mutable_data()[0] = 0;
  CHECK_THROWS_WITH_AS(root.backward(),
                       "backward: the result of 'exp' was changed after the op had made it; change "
                       "a clone() instead",
                       std::invalid_argument);
}

TEST_CASE("a result that nobody holds any more may be overwritten by others") {
  const Tensor x = leaf({100}, 3);
  Tensor h = x * x;
  const Tensor loss = sum(h + x);
  h = Tensor();
  for (int i = 0; i < 10; ++i) Tensor::full({100}, Real(i));  // reuses the block
  CHECK_NOTHROW(loss.backward());
  CHECK(same_bits(x.grad(), Tensor::full({100}, 7)));
}

/// 200,000 ops on top of `h`, by `step`.
template <typename Step>
Tensor chain(Tensor h, Step step) {
  for (int i = 0; i < kLong; ++i) h = step(h);
  return h;
}

TEST_CASE("long chains run backward and are dropped without recursion") {
  const Tensor x = leaf({}, 1);
  chain(x, [](const Tensor& h) { return h + Real(1); }).backward();
  CHECK(x.grad().item() == 1);
  CHECK(live_nodes() == 0);
  chain(x, [](const Tensor& h) { return h + Real(1); });
  CHECK(live_nodes() == 0);
}

TEST_CASE("long chains whose links use a tensor twice are dropped without recursion") {
  const Tensor x = leaf({}, 0);
  chain(x, [](const Tensor& h) { return h + h; });
  CHECK(live_nodes() == 0);
  chain(x, [](const Tensor& h) { return h * h + h; });
  CHECK(live_nodes() == 0);
}

TEST_CASE("long chains whose closures hold history are dropped without recursion") {
  const Tensor x = leaf({}, 0);
  chain(x, [](const Tensor& h) {
    return record("careless", h.clone(), {h}, [h](const Tensor& dy) -> Gradients { return {dy}; });
  });
  CHECK(live_nodes() == 0);
}

TEST_CASE("a long chain with a branch that is alive loses only the rest") {
  const Tensor x = leaf({}, 0);
  Tensor middle = chain(x, [](const Tensor& h) { return h + Real(1); });
  {
    const Tensor end = chain(middle, [](const Tensor& h) { return h + Real(1); });
    CHECK(live_nodes() == 2 * kLong);
  }
  CHECK(live_nodes() == kLong);
  middle.backward();
  CHECK(x.grad().item() == 1);
  middle = Tensor();
  CHECK(live_nodes() == 0);
}

}  // namespace
}  // namespace ek
