// The engine: order, accumulation, lifetime and errors of backward(). (Gradients of ops: the op table.)
#include "evenkeel/core/tensor/autograd.h"
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
#include "evenkeel/core/tensor/storage.h"
#include "evenkeel/core/tensor/tensor.h"
#include "tests/core/autograd_support.h"
#include "tests/support/compare.h"

namespace ek {
namespace {

TEST_CASE("ops run backward from the newest to the oldest, whatever the graph") {
  std::vector<int> log;
  const Tensor x = leaf({}, 1);
  const Tensor a = marked(x, 0, log), b = marked(x, 1, log), c = marked(a, 2, log),
               d = marked(b, 3, log);
  const Tensor e = marked(a, 4, log), unused = marked(x, 5, log);
  ((d + c) + e).backward();
  CHECK(log == std::vector<int>{4, 3, 2, 1, 0});
  CHECK(x.grad().item() == 3);
}

TEST_CASE("a leaf's gradient is added to until it is removed") {
  Tensor x = leaf({3}, 2);
  sum(x * x).backward();
  CHECK(same_bits(x.grad(), Tensor::full({3}, 4)));
  sum(x * Real(10)).backward();
  CHECK(same_bits(x.grad(), Tensor::full({3}, 14)));
  x.zero_grad();
  CHECK(!x.grad());
  sum(x).backward();
  CHECK(same_bits(x.grad(), Tensor::full({3}, 1)));
}

TEST_CASE("a diamond adds up both ways") {
  const Tensor x = leaf({2}, 3);
  const Tensor a = x * Real(2);
  const Tensor b = a * a, c = a * Real(5);
  sum(b + c).backward();  // 4 x^2 + 10 x
  CHECK(same_bits(x.grad(), Tensor::full({2}, 8 * 3 + 10)));
  CHECK(!a.grad());  // only leaves keep theirs
}

TEST_CASE("one tensor as both inputs") {
  const Tensor x = leaf({2}, 3);
  sum(x + x).backward();
  CHECK(same_bits(x.grad(), Tensor::full({2}, 2)));
  const Tensor y = leaf({2}, 3);
  sum(y * y - y * y + y / y).backward();
  CHECK(same_bits(y.grad(), Tensor::full({2}, 0)));
}

TEST_CASE("the leaves of a + b own their gradients") {
  Tensor a = leaf({2}, 1), b = leaf({2}, 1);
  sum(a + b).backward();
  CHECK(!a.grad().aliases(b.grad()));
  Tensor changed = a.grad();
  changed.mutable_data()[0] = 99;
  CHECK(b.grad().data()[0] == 1);
}

TEST_CASE("a gradient that somebody else holds is neither kept nor written to") {
  const Tensor held = Tensor::full({2}, 7);
  const Tensor x = leaf({2}, 1);
  auto give = [&](const Tensor& in) {
    return record("give", Tensor::full({}, 0), {in},
                  [held](const Tensor&) -> Gradients { return {held}; });
  };
  const Tensor y = x * Real(1);
  (give(y) + give(y) + give(x)).backward();
  CHECK(same_bits(x.grad(), Tensor::full({2}, 21)));
  CHECK(same_bits(held, Tensor::full({2}, 7)));
  CHECK(!x.grad().aliases(held));
}

TEST_CASE("a backward writes in place of its gradient only where nobody else holds it") {
  const Tensor held = Tensor::full({2}, 7), x = leaf({2}, 1);
  const Real* written = nullptr;
  auto twice = [&](const Tensor& in) {  // y = 2 x
    return record("twice", in * Real(2), {in}, [&](const Tensor& dy) -> Gradients {
      const Real* before = dy.data().data();
      Tensor dx = in_place_of(dy);
      for (std::size_t i = 0; i < 2; ++i) dx.mutable_data()[i] = 2 * dy.data()[i];
      written = dx.data().data() == before ? before : nullptr;
      return {dx};
    });
  };
  auto give = [](const Tensor& in, const Tensor& gradient) {
    return record("give", Tensor::full({}, 0), {in},
                  [gradient](const Tensor&) -> Gradients { return {gradient}; });
  };
  give(twice(x), held).backward();
  CHECK(!written);
  CHECK(same_bits(held, Tensor::full({2}, 7)));
  CHECK(same_bits(x.grad(), Tensor::full({2}, 14)));
  const Tensor a = leaf({2}, 1), b = leaf({2}, 1);
  sum(twice(a) + twice(b))
      .backward();  // both get the gradient of the sum; the second is its last holder
  CHECK(written);
  CHECK(same_bits(a.grad(), Tensor::full({2}, 2)));
  CHECK(same_bits(b.grad(), Tensor::full({2}, 2)));
}

TEST_CASE("through reshape, the leaf's gradient is its own too") {
  const Tensor x = leaf({2, 3}, 1), w = leaf({6}, 2);
  const Tensor product = reshape(x, {6}) + w;
  sum(product).backward();
  CHECK(!x.grad().aliases(w.grad()));
  CHECK(x.grad().shape() == Shape{2, 3});
}

TEST_CASE("a backward may leave out a gradient") {
  const Tensor x = leaf({}, 1), y = leaf({}, 1);
  record("half", Tensor::full({}, 0), {x, y}, [](const Tensor& dy) -> Gradients {
    return {Tensor(), dy};
  }).backward();
  CHECK(!x.grad());
  CHECK(y.grad().item() == 1);
}

TEST_CASE("inputs that want no gradient get none") {
  const Tensor x = leaf({2}, 3), c = Tensor::full({2}, 5);
  sum(x * c).backward();
  CHECK(same_bits(x.grad(), c));
  CHECK(!c.grad());
}

TEST_CASE("a marked scalar is its own gradient") {
  const Tensor x = leaf({}, 3);
  x.backward();
  CHECK(x.grad().item() == 1);
}

TEST_CASE("no record without gradients") {
  const Tensor plain = Tensor::full({2}, 1), x = leaf({2}, 1);
  auto captured = std::make_shared<int>(0);
  auto op = [&](const Tensor& in) {
    return record("op", in.clone(), {in},
                  [captured](const Tensor& dy) -> Gradients { return {dy}; });
  };
  CHECK(!op(plain).requires_grad());
  CHECK(captured.use_count() == 1);
  {
    const NoGrad outer;
    CHECK(!grad_enabled());
    {
      const NoGrad inner;
      CHECK(!op(x).requires_grad());
    }
    CHECK(!grad_enabled());
    bool elsewhere = false;
    std::thread([&] { elsewhere = grad_enabled(); }).join();
    CHECK(elsewhere);  // NoGrad is about this thread
  }
  CHECK(captured.use_count() == 1);
  CHECK(grad_enabled());
  try {
    const NoGrad guard;
    throw std::runtime_error("out");
  } catch (const std::runtime_error&) {
  }
  CHECK(grad_enabled());
  CHECK(op(x).requires_grad());
}

TEST_CASE("backward records nothing, and works under NoGrad") {
  const Tensor x = leaf({2}, 3);
  const Tensor loss = sum(x * x);
  const NoGrad guard;
  loss.backward();
  CHECK(!x.grad().requires_grad());
  CHECK(same_bits(x.grad(), Tensor::full({2}, 6)));
}

TEST_CASE("backward starts at one number that depends on a marked leaf") {
  const Tensor x = leaf({2}, 1);
  CHECK_THROWS_WITH_AS((x * x).backward(),
                       "backward: expected a tensor of one element, got shape [2]",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(Tensor().backward(),
                       "backward: expected a tensor of one element, got no tensor",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(Tensor::full({}, 1).backward(),
                       "backward: the tensor does not depend on anything that requires a gradient",
                       std::invalid_argument);
  CHECK_NOTHROW(reshape(sum(x), {1, 1}).backward());
}

TEST_CASE("an op that returns wrong gradients is named") {
  const Tensor x = leaf({2}, 1);
  auto wrong = [&](Gradients gradients) {
    return record("wrong", Tensor::full({}, 0), {x},
                  [gradients](const Tensor&) -> Gradients { return gradients; });
  };
  CHECK_THROWS_WITH_AS(wrong({}).backward(), "backward: 'wrong' returned 0 gradients for 1 inputs",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(wrong({x.detach(), x.detach()}).backward(),
                       "backward: 'wrong' returned 2 gradients for 1 inputs",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(wrong({Tensor::full({3}, 1)}).backward(),
                       "backward: gradient of shape [3] for a tensor [2]", std::invalid_argument);
  CHECK(!x.grad());
}

TEST_CASE("an exception in a backward arrives, and recording goes on after it") {
  const Tensor x = leaf({}, 1);
  const Tensor y = record("thrower", x.clone(), {x}, [](const Tensor&) -> Gradients {
    throw std::runtime_error("from inside");
  });
  CHECK_THROWS_WITH_AS(y.backward(), "from inside", std::runtime_error);
  CHECK(grad_enabled());
}

TEST_CASE("graphs of different threads do not disturb each other") {
  std::vector<std::thread> threads;
  std::vector<Real> gradients(4);
  for (std::size_t t = 0; t < 4; ++t)
    threads.emplace_back([t, &gradients] {
      const Tensor x = leaf({}, Real(t));
      for (int i = 0; i < 200; ++i) (x * x).backward();
      gradients[t] = x.grad().item();
    });
  for (std::thread& t : threads) t.join();
  CHECK(gradients == std::vector<Real>{0, 400, 800, 1200});
  CHECK(live_nodes() == 0);
}

}  // namespace
}  // namespace ek
