// What is measured, and for whom it counts. No test asserts how long anything takes.
#include "evenkeel/core/machine/profile.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "evenkeel/core/base/conv_shape.h"
#include "evenkeel/core/base/norm_view.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/ops/activation.h"
#include "evenkeel/core/ops/conv.h"
#include "evenkeel/core/ops/elementwise.h"
#include "evenkeel/core/ops/matmul.h"
#include "evenkeel/core/ops/normalize.h"
#include "evenkeel/core/ops/pooling.h"
#include "evenkeel/core/ops/random.h"
#include "evenkeel/core/ops/reduce.h"
#include "evenkeel/core/tensor/autograd.h"
#include "evenkeel/core/tensor/tensor.h"
#include "tests/support/compare.h"

namespace ek {
namespace {

using Events = std::vector<ProfileEvent>;

Tensor numbers(Shape shape) {
  Tensor t(shape);
  fill_normal(t, 0, 1, Stream(71, "profile"));
  return t.requires_grad(true);
}

template <typename Work>
Events profiled(Work work) {
  Events events;
  const Profiling on(events);
  work();
  return events;
}

std::vector<std::string> names(const Events& events) {
  std::vector<std::string> all;
  for (const ProfileEvent& e : events) all.push_back(e.name);
  return all;
}

const ProfileEvent& named(const Events& events, const std::string& name) {
  const auto found = std::ranges::find(events, name, &ProfileEvent::name);
  REQUIRE_MESSAGE(found != events.end(), name);
  return *found;
}

/// A user's op that knows nothing of profiles.
Tensor swish(const Tensor& x) {
  const Tensor y = x.detach() * sigmoid(x.detach());
  return record("swish", y, {x}, [](const Tensor& dy) -> Gradients { return {dy}; });
}

TEST_CASE("nothing is measured unless a Profiling lives") {
  Events events;
  const Tensor before = relu(numbers({100}));
  Tensor during;
  {
    const Profiling on(events);
    during = relu(numbers({100}));
    CHECK(names(events) == std::vector<std::string>{"relu"});
  }
  profile_count(1, 1);
  relu(numbers({100}));
  CHECK(events.size() == 1);
  CHECK(events[0].bytes == 200 * sizeof(Real));
  CHECK(same_bits(before, during));
}

TEST_CASE("the time of a scope inside of another one counts once") {
  const Events events = profiled([] {
    const ProfileScope outer("outer", {1});
    for (int i = 0; i < 2; ++i) {
      const ProfileScope middle("middle", {2});
      const ProfileScope inner("inner", {3});
    }
  });
  REQUIRE(names(events) == std::vector<std::string>{"outer", "middle", "inner", "middle", "inner"});
  CHECK(events[0].self_ns == events[0].total_ns - events[1].total_ns - events[3].total_ns);
  CHECK(events[1].self_ns == events[1].total_ns - events[2].total_ns);
  CHECK(events[2].self_ns == events[2].total_ns);
  std::int64_t self = 0;
  for (const ProfileEvent& e : events) {
    CHECK((e.self_ns >= 0 && e.begin_ns >= events[0].begin_ns));
    CHECK(e.begin_ns + e.total_ns <= events[0].begin_ns + events[0].total_ns);
    self += e.self_ns;
  }
  CHECK(self == events[0].total_ns);
  CHECK(events[4].shape == Shape{3});
}

TEST_CASE("counts go to the innermost scope, and a scope that is left by an exception is closed") {
  const Events events = profiled([] {
    profile_count(1000, 1000);  // no scope: nobody's
    const ProfileScope outer("outer", {});
    profile_count(1, 2);
    try {
      const ProfileScope inner("inner", {});
      profile_count(10, 20);
      throw std::runtime_error("out of it");
    } catch (const std::runtime_error&) {
    }
    profile_count(100, 200);
  });
  CHECK(events[0].flops == 101);
  CHECK(events[0].bytes == 202 * sizeof(Real));
  CHECK(events[1].flops == 10);
  CHECK(events[1].total_ns >= 0);
}

TEST_CASE("a Profiling inside of another one takes over, and only its own thread is watched") {
  Events inner;
  const Events outer = profiled([&] {
    const ProfileScope a("a", {});
    inner = profiled([] { const ProfileScope b("b", {}); });
    std::thread([] { const ProfileScope c("c", {}); }).join();
    const ProfileScope d("d", {});
  });
  CHECK(names(outer) == std::vector<std::string>{"a", "d"});
  CHECK(names(inner) == std::vector<std::string>{"b"});
}

TEST_CASE("products count two operations for each multiply-add, every operand and result once") {
  const Tensor a = numbers({2, 3}), b = numbers({3, 4});
  const Events events = profiled([&] { sum(matmul(a, b)).backward(); });
  CHECK(names(events) ==
        std::vector<std::string>{"matmul", "sum", "sum backward", "matmul backward"});
  CHECK(events[0].shape == Shape{2, 4});
  CHECK(events[0].flops == 2 * 2 * 3 * 4);
  CHECK(events[0].bytes == (6 + 12 + 8) * sizeof(Real));
  CHECK(events[3].shape == Shape{2, 4});
  CHECK(events[3].flops == 2 * events[0].flops);
  CHECK(events[3].bytes == 2 * events[0].bytes);
  CHECK(events[1].flops == 0);
}

TEST_CASE("a convolution counts the sum as it is written, its gradients where they are wanted") {
  const Conv2dOptions options = {.padding = 1, .groups = 2};
  Tensor x = numbers({2, 4, 5, 5});
  const Tensor weight = numbers({6, 2, 3, 3});
  const double flops = 2.0 * 2 * 6 * 25 * 2 * 9;
  const Events both = profiled([&] { sum(conv2d(x, weight, {}, options)).backward(); });
  CHECK(named(both, "conv2d").flops == flops);
  CHECK(named(both, "conv2d").bytes == (200 + 108 + 300) * sizeof(Real));
  CHECK(named(both, "conv2d backward").flops == 2 * flops);
  CHECK(named(both, "conv2d backward").bytes == 2 * (200 + 108 + 300) * sizeof(Real));
  x.requires_grad(false);
  const Events one = profiled([&] { sum(conv2d(x, weight, {}, options)).backward(); });
  CHECK(named(one, "conv2d backward").flops == flops);
}

TEST_CASE("a norm reads x for its statistics and again for its result") {
  const Tensor x = numbers({4, 3, 5, 5});
  const double map = 300 * sizeof(Real);
  const Events events = profiled(
      [&] { sum(relu(normalize(x, NormView::across(x.shape()), {}, {}, 1e-5))).backward(); });
  CHECK(named(events, "moments").bytes == map);
  CHECK(named(events, "normalize+relu").bytes == 2 * map);
  double backward = 0;  // the sums and the gradient, which is left until it is read
  for (const ProfileEvent& e : events)
    if (e.name == "normalize+relu backward") backward += e.bytes;
  CHECK(backward == 5 * map);
}

TEST_CASE("a deferred result counts for the op that makes it, not for the one that reads it") {
  const Tensor x = numbers({4, 3, 4, 4});
  const Events events =
      profiled([&] { max_pool2d(normalize(x, NormView::across(x.shape()), {}, {}, 1e-5), 2); });
  const ProfileEvent &pool = named(events, "max_pool2d"), &norm = named(events, "normalize");
  CHECK(norm.begin_ns >= pool.begin_ns);
  CHECK(pool.self_ns == pool.total_ns - norm.total_ns);
  CHECK(norm.bytes == 2 * 192 * sizeof(Real));
  CHECK(pool.bytes == (192 + 48) * sizeof(Real));
}

TEST_CASE("an op that only records has the row of its gradient") {
  const Tensor x = numbers({10});
  const Events events = profiled([&] { sum(swish(x)).backward(); });
  CHECK(names(events) ==
        std::vector<std::string>{"sigmoid", "mul", "sum", "sum backward", "swish backward"});
  CHECK(events[4].shape == Shape{10});
}

TEST_CASE("ops inside of a gradient count for it") {
  const Tensor a = numbers({10}), b = numbers({10});
  const Events events = profiled([&] { sum(a * b).backward(); });
  CHECK(names(events) == std::vector<std::string>{"mul", "sum", "sum backward", "mul backward"});
  CHECK(events[3].bytes == 2 * events[0].bytes);
}

TEST_CASE("gradients that meet are added up in a row of their own") {
  const Tensor x = numbers({10});
  const Events events = profiled([&] { sum(x + x).backward(); });
  CHECK(names(events) ==
        std::vector<std::string>{"add", "sum", "sum backward", "add backward", "accumulate"});
}

}  // namespace
}  // namespace ek
