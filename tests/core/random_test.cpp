// Random numbers: the published vectors, the distributions, and that they depend on the index alone.
#include "evenkeel/core/ops/random.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <set>
#include <vector>

#include "evenkeel/core/base/real.h"
#include "evenkeel/core/tensor/tensor.h"
#include "tests/support/compare.h"
#include "tests/support/threads.h"

namespace ek {
namespace {

using Block = std::array<std::uint32_t, 4>;

TEST_CASE("Philox4x32-10 gives the vector of the paper's distribution") {
  CHECK(Stream(0).block(0) == Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  // Digits of pi, as there, but in the two counter words that an index fills; from an independent program
  // that gives all three vectors of the distribution.
  CHECK(Stream(0x299f31d0a4093822).block(0x85a308d3243f6a88) ==
        Block{0xe69c9c31, 0xb5a3d762, 0xe733bfc1, 0x341a787c});
}

TEST_CASE("bits(i) walks through the blocks") {
  const Stream s(5);
  for (std::uint64_t i = 0; i < 12; ++i) CHECK(s.bits(i) == s.block(i / 4)[i % 4]);
  CHECK(s.uniform(3) == s.bits(3) * 0x1p-32);
  CHECK(Stream(0).block(1) != Stream(0).block(0));
  CHECK(Stream(0).block(std::uint64_t{1} << 32) != Stream(0).block(0));  // the index has 64 bits
  CHECK(Stream(std::uint64_t{1} << 32).block(0) != Stream(0).block(0));  // and so has the key
}

TEST_CASE("streams are told apart by seed and by name or number") {
  std::set<std::uint64_t> keys;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    for (const char* name : {"", "a", "b", "conv1.weight", "conv1.bias"})
      keys.insert(Stream(seed, name).key());
    for (std::uint64_t number = 0; number < 20; ++number) keys.insert(Stream(seed, number).key());
  }
  CHECK(keys.size() == 20 * 25);
  CHECK(Stream(1, "a").key() == Stream(1, "a").key());
}

TEST_CASE("the keys never change: results of old runs depend on them") {
  CHECK(Stream(42, "conv1.weight").key() == 0x5f8435207695e78e);
  CHECK(Stream(42, std::uint64_t{7}).key() == 0xaacbb02da8944c22);
}

TEST_CASE("uniform numbers are uniform") {
  constexpr int kBins = 64, kCount = 1 << 20;
  const Stream s(3, "uniform");
  std::vector<int> bins(kBins);
  double total = 0, squares = 0, products = 0;
  for (std::uint64_t i = 0; i < kCount; ++i) {
    const double u = s.uniform(i), centred = u - 0.5;
    REQUIRE(u >= 0);
    REQUIRE(u < 1);
    ++bins[static_cast<std::size_t>(u * kBins)];
    total += centred;
    squares += centred * centred;
    products += centred * (s.uniform(i + 1) - 0.5);
  }
  double chi2 = 0;
  for (const int count : bins)
    chi2 += std::pow(count - double{kCount} / kBins, 2) / (double{kCount} / kBins);
  CHECK(chi2 < 110);  // 63 degrees of freedom: 1 in 4000 lies above
  CHECK(chi2 > 30);
  CHECK(std::abs(total / kCount) < 4 * std::sqrt(1.0 / 12 / kCount));
  CHECK(squares / kCount == doctest::Approx(1.0 / 12).epsilon(0.005));
  CHECK(std::abs(products / kCount) <
        4.0 / 12 / std::sqrt(kCount));  // neighbours are not correlated
}

TEST_CASE("normal numbers have the moments of the normal distribution") {
  constexpr int kCount = 1 << 19;
  const Stream s(3, "normal");
  double m1 = 0, m2 = 0, m3 = 0, m4 = 0;
  int inside_one = 0;
  for (std::uint64_t i = 0; i < kCount; ++i) {
    const double z = s.normal(i);
    m1 += z;
    m2 += z * z;
    m3 += z * z * z;
    m4 += z * z * z * z;
    inside_one += std::abs(z) < 1;
  }
  CHECK(std::abs(m1 / kCount) < 0.006);
  CHECK(m2 / kCount == doctest::Approx(1).epsilon(0.01));
  CHECK(std::abs(m3 / kCount) < 0.02);
  CHECK(m4 / kCount == doctest::Approx(3).epsilon(0.02));
  CHECK(double{1} * inside_one / kCount == doctest::Approx(0.6827).epsilon(0.005));
}

TEST_CASE("below() stays below, and reaches every value") {
  const Stream s(9);
  std::vector<int> seen(7);
  for (std::uint64_t i = 0; i < 7000; ++i) ++seen[s.below(7, i)];
  for (const int count : seen) CHECK(std::abs(count - 1000) < 150);
  for (std::uint64_t i = 0; i < 100; ++i) CHECK(s.below(1, i) == 0);
  CHECK(s.below(std::uint64_t{1} << 63, 0) > (std::uint64_t{1} << 32));  // from 64 bits
}

TEST_CASE("fill_uniform and fill_normal write what the stream says, for any number of threads") {
  for (const std::int64_t count : {0, 1, 3, 5, 16384, 16385, 50'003}) {
    const Stream s(1, "fill");
    Tensor uniform({count}), normal({count});
    {
      const Threads one(1);
      fill_uniform(uniform, -2, 3, s);
      fill_normal(normal, 1, Real(0.5), s);
    }
    for (const std::uint64_t i : {0u, 2u, 16384u, 50'002u})
      if (static_cast<std::int64_t>(i) < count) {
        CHECK(uniform.data()[i] == static_cast<Real>(-2 + 5 * s.uniform(i)));
        CHECK(normal.data()[i] == static_cast<Real>(1 + 0.5 * s.normal(i)));
      }
    const Threads four(4);
    Tensor again({count});
    fill_uniform(again, -2, 3, s);
    CHECK(same_bits(again, uniform));
    fill_normal(again, 1, Real(0.5), s);
    CHECK(same_bits(again, normal));
  }
}

TEST_CASE("a permutation holds every number once and differs from stream to stream") {
  for (const std::int64_t count : {0, 1, 2, 10, 1000}) {
    std::vector<std::int64_t> order = permutation(count, Stream(4, "order"));
    CHECK(order == permutation(count, Stream(4, "order")));
    std::ranges::sort(order);
    for (std::size_t i = 0; i < order.size(); ++i)
      REQUIRE(order[i] == static_cast<std::int64_t>(i));
  }
  CHECK(permutation(1000, Stream(4, "order")) != permutation(1000, Stream(5, "order")));
}

TEST_CASE("all orders of three are equally likely") {
  std::vector<int> counts(6);
  for (std::uint64_t i = 0; i < 6000; ++i) {
    const auto p = permutation(3, Stream(1, i));
    ++counts[static_cast<std::size_t>(p[0] * 2 + (p[1] > p[2]))];
  }
  for (const int count : counts) CHECK(std::abs(count - 1000) < 120);
}

TEST_CASE("the default generator is its seed and its position") {
  manual_seed(11);
  const std::uint64_t first = default_generator().next().key(),
                      second = default_generator().next().key();
  CHECK(first != second);
  CHECK(default_generator().position == 2);
  manual_seed(11);
  CHECK(default_generator().next().key() == first);
  default_generator() = {11, 1};
  CHECK(default_generator().next().key() == second);
  manual_seed(12);
  CHECK(default_generator().next().key() != first);
  manual_seed(0);
}

}  // namespace
}  // namespace ek
