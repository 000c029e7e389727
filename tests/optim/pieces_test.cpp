// A large weight's gradient stays deferred until an optimizer takes it piece by piece: nobody must notice.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <variant>
#include <vector>

#include "evenkeel/core/base/real.h"
#include "evenkeel/core/ops/elementwise.h"
#include "evenkeel/core/ops/matmul.h"
#include "evenkeel/core/ops/reduce.h"
#include "evenkeel/core/tensor/autograd.h"
#include "evenkeel/core/tensor/pieces.h"
#include "evenkeel/core/tensor/storage.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/optim/adam.h"
#include "evenkeel/optim/optimizer.h"
#include "evenkeel/optim/sgd.h"
#include "tests/optim/problem.h"
#include "tests/support/threads.h"

namespace ek {
namespace {

constexpr std::int64_t kSamples = 8, kIn = 16'400,
                       kOut = 256;  // columns that fill no whole chunk, rows no whole strip

using Make = std::function<std::unique_ptr<Optimizer>(const std::vector<Tensor>&)>;

const Make kOptimizers[] = {
    [](const auto& p) {
      return std::make_unique<SGD>(p, SgdOptions{.lr = 0.1, .weight_decay = 0.1});
    },
    [](const auto& p) {
      return std::make_unique<SGD>(p, SgdOptions{.lr = 0.1, .momentum = 0.9, .dampening = 0.3});
    },
    [](const auto& p) { return std::make_unique<Adam>(p, AdamOptions{.weight_decay = 0.1}); },
    [](const auto& p) { return std::make_unique<AdamW>(p); }};

Tensor input() { return random_tensor({kSamples, kIn}, "x"); }
Tensor weight(const char* name = "w") { return random_parameter({kOut, kIn}, name); }

/// Adds to w's gradient that of a loss of x w^T.
void run_backward(const Tensor& x, const Tensor& w, const char* dy = "dy") {
  sum(linear(x, w, {}) * random_tensor({kSamples, kOut}, dy)).backward();
}

/// The same, and w's gradient is read at once.
void run_and_read(const Tensor& x, const Tensor& w, const char* dy = "dy") {
  run_backward(x, w, dy);
  (void)w.grad().data();
}

/// w after two steps, with what the optimizer keeps.
std::vector<Tensor> train(const Make& make, bool read) {
  const Tensor w = weight();
  const auto optimizer = make({w});
  for (const char* dy : {"first", "second"}) {
    optimizer->zero_grad();
    (read ? run_and_read : run_backward)(input(), w, dy);
    optimizer->step();
  }
  std::vector<Tensor> all = {w};
  for (const auto& [name, value] : optimizer->state_dict())
    if (const Tensor* buffer = std::get_if<Tensor>(&value)) all.push_back(*buffer);
  return all;
}

TEST_CASE(
    "a gradient taken by pieces trains to the same bits as one that was read, for any number of "
    "threads") {
  for (const Make& make : kOptimizers) {
    const std::vector<Tensor> expected = train(make, true);
    for (const int threads : {1, 2, 4}) {
      const Threads scope(threads);
      const std::vector<Tensor> taken = train(make, false);
      REQUIRE(taken.size() == expected.size());
      for (std::size_t i = 0; i < taken.size(); ++i) CHECK(same_bits(taken[i], expected[i]));
    }
  }
}

TEST_CASE("it takes no memory before it is read, also by a step") {
  const Tensor x = input(), w = weight();
  SGD sgd(std::vector{w}, {.lr = 0.1});
  const std::size_t before = memory_use().live, size = w.data().size_bytes();
  run_backward(x, w);
  sgd.step();
  CHECK(memory_use().live - before < size / 2);
  CHECK(w.grad().shape() == w.shape());
  CHECK(memory_use().live - before < size / 2);
  (void)w.grad().data();
  CHECK(memory_use().live - before >= size);
}

TEST_CASE("every value is handed over once, as it is read later") {
  const Tensor w = weight();
  run_backward(input(), w);
  Tensor taken = Tensor::zeros(w.shape());
  Real* to = taken.mutable_data().data();
  const auto add = [to](std::int64_t first, std::int64_t n, const Real* values) {
    kernels().add(n, to + first, values, to + first);
  };
  consume(w.grad(), {"test", {to}, add});
  CHECK(same_bits(taken, w.grad()));
  consume(w.grad(), {"test", {to}, add});  // it has its values now
  CHECK(same_bits(taken, w.grad() + w.grad()));
}

TEST_CASE("it can be read after a step, and a second step takes it again") {
  for (const Make& make : kOptimizers) {
    const Tensor w = weight(), same = weight();
    const auto optimizer = make({w}), other = make({same});
    run_backward(input(), w);
    run_and_read(input(), same);
    for (int step = 0; step < 2; ++step) {
      optimizer->step();
      other->step();
    }
    CHECK(same_bits(w, same));
    CHECK(same_bits(w.grad(), same.grad()));
  }
}

TEST_CASE("it is computed before what it is made of changes") {
  const Tensor w = weight(), same = weight();
  Tensor x = input();
  run_and_read(x, same);
  run_backward(x, w);
  x.fill(99);
  CHECK(same_bits(w.grad(), same.grad()));

  // A parameter that another one's gradient is made of is updated first.
  const Tensor a = random_parameter({kSamples, kOut}, "a");
  auto step = [&](bool read) {
    const std::vector<Tensor> p = {a.clone().requires_grad(true), weight()};
    sum(matmul(p[0], p[1]) * random_tensor({kSamples, kIn}, "dy")).backward();
    if (read) (void)p[1].grad().data();
    SGD(p, {.lr = 0.1}).step();
    return p;
  };
  const auto taken = step(false), expected = step(true);
  for (std::size_t i = 0; i < 2; ++i) CHECK(same_bits(taken[i], expected[i]));
}

TEST_CASE("gradients add up: of several passes, of several uses, onto one that was set") {
  const Tensor w = weight(), same = weight(), x = input(), first = weight("first"),
               second = weight("second");
  run_and_read(x, first, "first");
  run_and_read(x, second, "second");
  const Tensor both = first.grad() + second.grad();
  run_backward(x, w, "first");
  run_backward(x, w, "second");
  CHECK(same_bits(w.grad(), both));
  auto loss = [&](const char* dy) {
    return sum(linear(x, same, {}) * random_tensor({kSamples, kOut}, dy));
  };
  (loss("second") + loss("first")).backward();  // the last one's gradient arrives first
  CHECK(same_bits(same.grad(), both));
  Tensor set = weight();
  set.set_grad(first.grad().clone());
  run_backward(x, set, "second");
  CHECK(same_bits(set.grad(), both));
}

TEST_CASE("it is the user's to scale, to replace and to hold") {
  Tensor w = weight();
  const Tensor x = input(), same = weight();
  run_and_read(x, same);
  run_backward(x, w);
  w.set_grad(w.grad() * 0.5f);
  CHECK(same_bits(w.grad(), same.grad() * 0.5f));
  w.zero_grad();
  run_backward(x, w);
  Tensor handle = w.grad();
  handle.mutable_data()[0] = 7;
  CHECK(w.grad().data()[0] == 7);
  w.zero_grad();
  run_backward(x, w);
  const Tensor held = w.grad();
  run_backward(x, w);  // must not reach the held one
  CHECK(same_bits(held, same.grad()));
  CHECK(same_bits(w.grad(), same.grad() + same.grad()));
}

TEST_CASE("two leaves that get the same gradient own it each") {
  const Tensor a = weight("a"), b = weight("b");
  run_backward(input(), a + b);
  CHECK_FALSE(a.grad().aliases(b.grad()));
  CHECK(same_bits(a.grad(), b.grad()));
  Tensor changed = a.grad();
  changed.fill(0);
  CHECK_FALSE(same_bits(a.grad(), b.grad()));
  CHECK(live_nodes() == 0);
}

}  // namespace
}  // namespace ek
