// Tensor: handles, copies, views, printing, errors. (History: autograd_test.cpp.)
#include "evenkeel/core/tensor/tensor.h"

#include <doctest/doctest.h>

#include <cstddef>
#include <numeric>
#include <span>
#include <stdexcept>
#include <vector>

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/ops/elementwise.h"
#include "evenkeel/core/ops/reduce.h"
#include "evenkeel/core/tensor/storage.h"
#include "tests/support/compare.h"

namespace ek {
namespace {

Tensor counting(Shape shape) {
  Tensor t(shape);
  std::iota(t.mutable_data().begin(), t.mutable_data().end(), Real(0));
  return t;
}

TEST_CASE("an empty handle is false and says so when it is used") {
  Tensor none;
  CHECK(!none);
  CHECK(!none.requires_grad());
  CHECK(!none.aliases(none));
  CHECK_THROWS_WITH_AS(none.shape(), "tensor: this handle is empty", std::invalid_argument);
  CHECK_THROWS_WITH_AS(none.data(), "tensor: this handle is empty", std::invalid_argument);
  CHECK_THROWS_WITH_AS(none.mutable_data(), "tensor: this handle is empty", std::invalid_argument);
  CHECK_THROWS_WITH_AS(none.grad(), "tensor: this handle is empty", std::invalid_argument);
  CHECK_THROWS_WITH_AS(none.zero_grad(), "tensor: this handle is empty", std::invalid_argument);
  CHECK_THROWS_AS(none.clone(), std::invalid_argument);
  CHECK_THROWS_AS(none.detach(), std::invalid_argument);
}

TEST_CASE("full, zeros and from set every value") {
  CHECK(same_bits(Tensor::full({2, 2}, 3), Tensor::from({2, 2}, {3, 3, 3, 3})));
  CHECK(same_bits(Tensor::zeros({3}), Tensor::from({3}, {0, 0, 0})));
  CHECK(Tensor::full({}, 7).item() == 7);
  CHECK(Tensor::zeros({0, 4}).data().empty());
  const std::vector<Real> values = {1, 2, 3};
  CHECK(same_bits(Tensor::from({3}, std::span<const Real>(values)), Tensor::from({3}, {1, 2, 3})));
}

TEST_CASE("from wants as many values as the shape has elements") {
  CHECK_THROWS_WITH_AS(Tensor::from({2, 3}, {1, 2}), "Tensor::from: 2 values for shape [2, 3]",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(Tensor::from({0}, {1}), "Tensor::from: 1 values for shape [0]",
                       std::invalid_argument);
}

TEST_CASE("copies alias, clones do not") {
  Tensor a = counting({4});
  const Tensor b = a, c = a.clone();
  CHECK(b.aliases(a));
  CHECK(!c.aliases(a));
  a.mutable_data()[1] = 10;
  CHECK(b.data()[1] == 10);
  CHECK(c.data()[1] == 1);
}

TEST_CASE("a copy shares the mark and the gradient, a clone starts without") {
  Tensor a = counting({2});
  const Tensor copy = a;
  a.requires_grad(true).set_grad(counting({2}));
  CHECK(copy.requires_grad());
  CHECK(copy.grad().data()[1] == 1);
  CHECK(!a.clone().requires_grad());
  CHECK(!a.clone().grad());
  a.zero_grad();
  CHECK(!copy.grad());
}

TEST_CASE("view and detach share values but no history") {
  Tensor x = counting({2, 3});
  x.requires_grad(true);
  const Tensor y = x * x, v = y.view({6}), d = y.detach();
  CHECK(v.shape() == Shape{6});
  CHECK(v.aliases(y));
  CHECK(d.aliases(y));
  CHECK(y.requires_grad());
  CHECK(!v.requires_grad());
  CHECK(!d.requires_grad());
  CHECK_THROWS_WITH_AS(x.view({4}), "reshape: [2, 3] has 6 elements, [4] has 4",
                       std::invalid_argument);
}

TEST_CASE("a write access is noticed by a later backward, reading is not") {
  Tensor t = counting({2});
  t.requires_grad(true);
  const Tensor read = sum(t * t), written = sum(t * t);
  CHECK(t.data()[0] == 0);
  CHECK_NOTHROW(read.backward());
  (void)t.mutable_data();
  CHECK_THROWS_AS(written.backward(), std::invalid_argument);
}

TEST_CASE("item reads the one element") {
  CHECK(Tensor::full({1, 1}, 5).item() == 5);
  CHECK_THROWS_WITH_AS(counting({2}).item(), "item: expected one element, got shape [2]",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(counting({0}).item(), "item: expected one element, got shape [0]",
                       std::invalid_argument);
}

TEST_CASE("dim, rank, numel") {
  const Tensor t({2, 3, 5});
  CHECK(t.dim(0) == 2);
  CHECK(t.dim(-1) == 5);
  CHECK(t.rank() == 3);
  CHECK(t.numel() == 30);
  CHECK_THROWS_WITH_AS(t.dim(3), "shape: no axis 3 in [2, 3, 5]", std::invalid_argument);
}

TEST_CASE("prints its shape and at most eight values") {
  CHECK(text(Tensor()) == "Tensor()");
  CHECK(text(Tensor::full({}, Real(1.5))) == "Tensor[] {1.5}");
  CHECK(text(counting({2, 2})) == "Tensor[2, 2] {0, 1, 2, 3}");
  CHECK(text(counting({8})) == "Tensor[8] {0, 1, 2, 3, 4, 5, 6, 7}");
  CHECK(text(counting({9})) == "Tensor[9] {0, 1, 2, 3, 4, 5, 6, 7, ...}");
  CHECK(text(Tensor({0, 3})) == "Tensor[0, 3] {}");
}

TEST_CASE("only leaves can be marked") {
  Tensor x = counting({2});
  x.requires_grad(true);
  Tensor y = x + x;
  CHECK_THROWS_WITH_AS(y.requires_grad(false),
                       "requires_grad: only a tensor that no op has made can be marked",
                       std::invalid_argument);
  CHECK_THROWS_AS(Tensor().requires_grad(true), std::invalid_argument);
  CHECK(!x.requires_grad(false).requires_grad());
}

TEST_CASE("a gradient has the shape of its tensor") {
  Tensor x = counting({2});
  CHECK_THROWS_WITH_AS(x.set_grad(counting({3})), "set_grad: gradient of another shape than [2]",
                       std::invalid_argument);
  CHECK(!x.grad());
}

TEST_CASE("memory is given back when the last handle goes") {
  const std::size_t live = memory_use().live;
  {
    Tensor a({1000});
    const Tensor b = a.view({10, 100});
    a = Tensor();
    CHECK(memory_use().live > live);
  }
  CHECK(memory_use().live == live);
}

}  // namespace
}  // namespace ek
