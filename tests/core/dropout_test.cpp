// Dropout: what is kept, how it is scaled, and that the stream alone decides.
#include "evenkeel/core/ops/random.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>

#include "evenkeel/core/base/real.h"
#include "evenkeel/core/ops/elementwise.h"
#include "evenkeel/core/ops/reduce.h"
#include "evenkeel/core/tensor/tensor.h"
#include "tests/support/compare.h"
#include "tests/support/threads.h"

namespace ek {
namespace {

TEST_CASE("what is kept is scaled by 1 / (1 - p), the rest is zero") {
  const Tensor x = Tensor::full({100'000}, 3);
  for (const double p : {0.1, 0.25, 0.5, 0.9}) {
    const Tensor y = dropout(x, p, Stream(1, "dropout"));
    const Real kept = Real(3) * static_cast<Real>(1 / (1 - p));
    std::int64_t dropped = 0;
    for (const Real value : y.data()) {
      REQUIRE((value == 0 || value == kept));
      dropped += value == 0;
    }
    CHECK(std::abs(static_cast<double>(dropped) - 1e5 * p) < 4 * std::sqrt(1e5 * p * (1 - p)));
  }
}

TEST_CASE("element i is dropped exactly where the stream's number i is below p") {
  const Stream s(9, "dropout");
  const Tensor y = dropout(Tensor::full({1000}, 1), 0.3, s);
  for (std::uint64_t i = 0; i < 1000; ++i) REQUIRE((y.data()[i] == 0) == (s.uniform(i) < 0.3));
}

TEST_CASE("p = 0 keeps all, p = 1 nothing") {
  const Tensor x = Tensor::full({5}, 2);
  CHECK(same_bits(dropout(x, 0, Stream(1)), x));
  CHECK(same_bits(dropout(x, 1, Stream(1)), Tensor::zeros({5})));
}

TEST_CASE("the gradient goes where the values went") {
  Tensor x = Tensor::full({500}, 1);
  x.requires_grad(true);
  const Tensor y = dropout(x, 0.5, Stream(2));
  sum(y).backward();
  CHECK(same_bits(x.grad(), y.detach()));
}

TEST_CASE("the same for any number of threads, another for another stream") {
  const Tensor x = Tensor::full({3, 30'001}, 1);
  Tensor first;
  for (const int threads : {1, 2, 4}) {
    const Threads scope(threads);
    const Tensor y = dropout(x, 0.5, Stream(3, "a"));
    if (threads == 1) first = y;
    CHECK(same_bits(y, first));
  }
  CHECK(!same_bits(dropout(x, 0.5, Stream(3, "b")), first));
}

}  // namespace
}  // namespace ek
