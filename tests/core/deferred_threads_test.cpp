// Deferred results that several threads read: computed once, the same bits for all, whoever comes first.
#include <doctest/doctest.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "evenkeel/core/base/norm_view.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/lazy/deferred.h"
#include "evenkeel/core/machine/parallel.h"
#include "evenkeel/core/ops/activation.h"
#include "evenkeel/core/ops/conv.h"
#include "evenkeel/core/ops/elementwise.h"
#include "evenkeel/core/ops/normalize.h"
#include "evenkeel/core/ops/random.h"
#include "evenkeel/core/tensor/autograd.h"
#include "evenkeel/core/tensor/tensor.h"
#include "tests/support/compare.h"
#include "tests/support/threads.h"
#include "tests/support/together.h"

namespace ek {
namespace {

constexpr int kReaders = 4;

Tensor numbers(Shape shape, const char* name) {
  Tensor t(shape);
  fill_normal(t, 0, 1, Stream(62, name));
  return t;
}

/// A deferred copy of x, made on all threads, and how often it was computed.
Tensor copy_later(const Tensor& x, std::atomic<int>& computed) {
  return defer(x.shape(), {x}, {.compute = [x, &computed](Tensor& out) {
                 ++computed;
                 const Real* from = x.data().data();
                 Real* to = out.mutable_data().data();
                 parallel_each(x.numel(), 64, [=](std::int64_t i) { to[i] = from[i]; });
               }});
}

struct Convolved {
  Tensor x = numbers({2, 8, 12, 12}, "x"), weight = numbers({8, 8, 3, 3}, "weight");
  Tensor mean = numbers({8}, "mean"), var = Tensor::full({8}, Real(0.3)),
         scale = numbers({8}, "scale");

  Tensor conv() const { return conv2d(x, weight, {}, {.padding = 1}); }
  Tensor norm(const Tensor& h) const {
    return normalize_with(h, NormView::across(h.shape()), mean, var, scale, {}, 1e-5);
  }
};

TEST_CASE("threads that are the first to read a result get its values, which are computed once") {
  const Threads scope(3);
  const Tensor x = numbers({3000}, "x");
  for (int round = 0; round < 300; ++round) {
    std::atomic<int> computed = 0, right = 0;
    const Tensor y = copy_later(x, computed);
    together(kReaders, [&](int) { right += same_bits(y, x); });
    CHECK(computed == 1);
    CHECK(right == kReaders);
  }
}

TEST_CASE("a chain of results, read at both ends, inside of loops and outside") {
  const Threads scope(3);
  const Tensor x = numbers({3000}, "x");
  for (int round = 0; round < 100; ++round) {
    std::atomic<int> computed = 0, right = 0;
    std::vector<Tensor> chain = {x};
    for (int i = 0; i < 6; ++i) chain.push_back(copy_later(chain.back(), computed));
    together(kReaders, [&](int t) {
      if (t % 2 == 0) right += same_bits(chain[t == 0 ? 6 : 3], x);
      std::atomic<int> inside = 0;
      parallel_for(6, 1, [&](std::int64_t i, std::int64_t) {
        inside += same_bits(chain[static_cast<std::size_t>(t == 1 ? i + 1 : 6 - i)], x);
      });
      right += inside == 6;
    });
    CHECK(computed == 6);
    CHECK(right == kReaders + 2);
  }
}

TEST_CASE("what the computation throws is thrown to every reader, every time, and to nobody else") {
  std::atomic<int> computed = 0, refused = 0;
  Tensor x = numbers({3}, "x");
  const Tensor y = defer({3}, {x}, {.compute = [&](Tensor&) {
                           ++computed;
                           throw std::runtime_error("no room");
                         }});
  together(kReaders, [&](int) {
    for (int i = 0; i < 10; ++i) try {
        (void)y.data();
      } catch (const std::runtime_error& error) {
        refused += std::string(error.what()) == "no room";
      }
  });
  CHECK(computed == 1);
  CHECK(refused == 10 * kReaders);
  CHECK_THROWS_WITH_AS((void)y.item(), doctest::Contains("one element"), std::invalid_argument);
  CHECK_THROWS_WITH_AS((void)(y + y), "no room", std::runtime_error);

  const Tensor unread =
      defer({3}, {x}, {.compute = [](Tensor&) { throw std::runtime_error("no room"); }});
  CHECK_NOTHROW((void)x.mutable_data());  // computes what waits for x
  CHECK_THROWS_WITH_AS((void)unread.data(), "no room", std::runtime_error);
}

TEST_CASE(
    "whether another thread has read a convolution makes no difference to the norm behind it") {
  const Convolved c;
  const NoGrad no_grad;
  const Tensor folded = c.norm(c.conv()).clone(), h = c.conv();
  std::thread([&] { (void)h.data(); }).join();
  CHECK(same_bits(c.norm(h), folded));

  const Tensor read = c.conv();
  (void)read.data();
  const Tensor plain = c.norm(read).clone();
  std::thread([&] { (void)h.data(); }).join();
  CHECK(!same_bits(plain, folded));  // else this test shows nothing
  (void)h.data();
  CHECK(same_bits(c.norm(h), plain));  // read by this thread itself
}

TEST_CASE("several threads go on with one convolution: each gets the same bits every time") {
  const Threads scope(2);
  const Convolved c;
  const NoGrad no_grad;
  const Tensor read = c.conv();
  (void)read.data();
  const Tensor plain = relu(c.norm(read)).clone(), sums = (read + read).clone();
  for (int round = 0; round < 200; ++round) {
    std::atomic<int> right = 0;
    const Tensor h = c.conv();
    together(kReaders, [&](int t) {
      const NoGrad none;
      if (t % 2 == 1) right += same_bits(h + h, sums);
      right += same_bits(relu(c.norm(h)), plain);
    });
    CHECK(right == kReaders + 2);
  }
}

TEST_CASE("in a loop the chunks on this thread get the bits that the other threads' chunks get") {
  const Convolved c;
  const NoGrad no_grad;
  for (const int threads : {1, 3}) {
    const Threads scope(threads);
    const Tensor h = c.conv();
    std::vector<Tensor> results(16);
    parallel_for(16, 1, [&](std::int64_t i, std::int64_t) {
      const NoGrad none;
      results[static_cast<std::size_t>(i)] = c.norm(h).clone();
    });
    const Tensor read = c.conv();
    (void)read.data();
    for (const Tensor& result : results) CHECK(same_bits(result, c.norm(read)));
  }
}

TEST_CASE("a write to an input by another thread than the reader's comes after the computation") {
  for (int round = 0; round < 50; ++round) {
    std::atomic<int> computed = 0;
    Tensor x = numbers({300}, "x");
    const Tensor before = x.clone(), y = copy_later(x, computed);
    if (round % 2 == 0) std::thread([&] { (void)y.data(); }).join();
    std::thread([&] { x.fill(7); }).join();
    CHECK(same_bits(y, before));
    CHECK(computed == 1);
  }
}

TEST_CASE("a write to an input ends what another thread's reading has left open") {
  Convolved c;
  const NoGrad no_grad;
  const Tensor h = c.conv();
  std::thread([&] { (void)h.data(); }).join();
  const Tensor read = c.conv();
  (void)read.data();
  const Tensor plain = c.norm(read).clone();
  c.weight.fill(0);
  CHECK(same_bits(c.norm(h), plain));
}

}  // namespace
}  // namespace ek
