// Shapes: sizes, axes, limits and how they print.
#include "evenkeel/core/base/shape.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <stdexcept>
#include <vector>

#include "evenkeel/core/base/check.h"

namespace ek {
namespace {

TEST_CASE("sizes and axes, from both ends") {
  const Shape s = {2, 3, 5};
  CHECK(s.rank() == 3);
  CHECK(s.numel() == 30);
  CHECK(s[0] == 2);
  CHECK(s[2] == 5);
  CHECK(s[-1] == 5);
  CHECK(s[-3] == 2);
  CHECK(s.index(-2) == 1);
  CHECK(s.product(0, 0) == 1);
  CHECK(s.product(1, 3) == 15);
  CHECK(std::vector<std::int64_t>(s.sizes().begin(), s.sizes().end()) ==
        std::vector<std::int64_t>{2, 3, 5});
}

TEST_CASE("a scalar has no axis and one element") {
  const Shape s;
  CHECK(s.rank() == 0);
  CHECK(s.numel() == 1);
  CHECK(s == Shape{});
  CHECK_THROWS_WITH_AS(s[0], "shape: no axis 0 in []", std::invalid_argument);
}

TEST_CASE("shapes are equal if rank and sizes are") {
  CHECK(Shape{2, 3} == Shape{2, 3});
  CHECK(Shape{2, 3} != Shape{3, 2});
  CHECK(Shape{2, 3} != Shape{2, 3, 1});
  CHECK(Shape{} != Shape{1});
}

TEST_CASE("with() replaces one size and leaves the original alone") {
  const Shape s = {2, 3, 5};
  CHECK(s.with(-1, 7) == Shape{2, 3, 7});
  CHECK(s.with(0, 0) == Shape{0, 3, 5});
  CHECK(s == Shape{2, 3, 5});
  CHECK_THROWS_WITH_AS(s.with(3, 1), "shape: no axis 3 in [2, 3, 5]", std::invalid_argument);
}

TEST_CASE("axis_view folds what is around an axis") {
  const AxisView middle = axis_view({2, 3, 5, 7}, 1), last = axis_view({2, 3, 5, 7}, -1);
  CHECK(middle.outer == 2);
  CHECK(middle.size == 3);
  CHECK(middle.inner == 35);
  CHECK(last.outer == 30);
  CHECK(last.size == 7);
  CHECK(last.inner == 1);
}

TEST_CASE("prints as a list") {
  CHECK(text(Shape{128, 64, 32, 32}) == "[128, 64, 32, 32]");
  CHECK(text(Shape{7}) == "[7]");
  CHECK(text(Shape{}) == "[]");
}

TEST_CASE("an empty axis is fine, wherever it stands") {
  CHECK(Shape{0, 3}.numel() == 0);
  CHECK(Shape{3, 0, 2}.numel() == 0);
}

TEST_CASE("bad sizes are named") {
  CHECK_THROWS_WITH_AS((Shape{2, -1}), "shape: sizes must not be negative, found [2, -1]",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS((Shape{0, -1}), "shape: sizes must not be negative, found [0, -1]",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS((Shape{1, 1, 1, 1, 1, 1, 1, 1, 1}), "shape: 9 axes, at most 8 are supported",
                       std::invalid_argument);
  CHECK((Shape{1, 1, 1, 1, 1, 1, 1, 2}).numel() == 2);
}

TEST_CASE("a size in bytes cannot overflow") {
  constexpr std::int64_t kHalf = std::int64_t{1} << 32;
  CHECK_THROWS_WITH_AS((Shape{kHalf, kHalf}),
                       "shape: too many elements in [4294967296, 4294967296]",
                       std::invalid_argument);
  CHECK_THROWS_AS((Shape{std::numeric_limits<std::int64_t>::max()}), std::invalid_argument);
  CHECK((Shape{kHalf, 1024}).numel() == kHalf * 1024);
}

TEST_CASE("an axis that is not there is named with the shape") {
  CHECK_THROWS_WITH_AS((Shape{2, 3}[2]), "shape: no axis 2 in [2, 3]", std::invalid_argument);
  CHECK_THROWS_WITH_AS((Shape{2, 3}[-3]), "shape: no axis -3 in [2, 3]", std::invalid_argument);
}

}  // namespace
}  // namespace ek
