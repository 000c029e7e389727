// Longer than usual: every loop beside what it must compute.
// Every table of kernels against naive loops, and bit for bit against the baseline table: all short lengths,
// long ones, unaligned pointers, in place, and with NaN, infinities, zeros of both signs and denormal
// numbers.
#include "evenkeel/core/kernels/kernels.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "evenkeel/core/base/real.h"
#include "evenkeel/core/kernels/dispatch.h"
#include "tests/core/kernel_checks.h"
#include "tests/support/values.h"

namespace ek {
namespace {

constexpr Real kNan = std::numeric_limits<Real>::quiet_NaN();
constexpr Real kInf = std::numeric_limits<Real>::infinity();
constexpr Real kDenormal = std::numeric_limits<Real>::denorm_min();

Values with_specials(Values v) {
  constexpr Real kSpecial[] = {kNan,     kInf,      -kInf,      Real(0),
                               -Real(0), kDenormal, -kDenormal, Real(1e38)};
  for (std::size_t i = 0; i < v.size(); i += 3) v[i] = kSpecial[i / 3 % std::size(kSpecial)];
  return v;
}

bool same(double a, double b, double tolerance) {
  return (a != a && b != b) || std::abs(a - b) <= tolerance;
}

/// A loop from two arrays to one. `expected` gets one element of each; where the tolerance is 0 it must be
/// what the loop computes to the bit.
struct Loop {
  const char* name;
  std::function<void(const Kernels&, std::int64_t n, const Real* a, const Real* b, Real* y)> run;
  std::function<double(Real a, Real b)> expected;
  double tolerance = 0;
};

const NormRow kRow = {Real(0.3), Real(1e-9), Real(1.7), Real(1.3), Real(0.2), false};
const NormRow kReluRow = {Real(0.3), Real(1e-9), Real(1.7), Real(1.3), Real(0.2), true};
double xhat(Real x) {
  return (double{x} - double{kRow.mean_hi} - double{kRow.mean_lo}) * double{kRow.rstd};
}
double normalized(Real x) { return xhat(x) * double{kRow.weight} + double{kRow.bias}; }
/// Does relu let the gradient through? In Real, as the forward pass rounds.
bool open(Real x) {
  const Real z = ((x - kRow.mean_hi) - kRow.mean_lo) * kRow.rstd;
  return !(z * kRow.weight + kRow.bias <= 0);
}
double normalized_gradient(Real x, double g) {
  return (g * double{kRow.weight} - double{Real(0.1)} - xhat(x) * double{Real(0.05)}) *
         double{kRow.rstd};
}

std::vector<Loop> elementwise_loops() {
  return {
      {"add", [](auto& k, auto n, auto a, auto b, auto y) { k.add(n, a, b, y); },
       [](Real a, Real b) { return a + b; }},
      {"mul", [](auto& k, auto n, auto a, auto b, auto y) { k.mul(n, a, b, y); },
       [](Real a, Real b) { return a * b; }},
      {"scale_shift",
       [](auto& k, auto n, auto a, auto, auto y) { k.scale_shift(n, a, Real(1.1), Real(-0.7), y); },
       [](Real a, Real) {
         const Real scaled = a * Real(1.1);
         return scaled + Real(-0.7);
       }},
      {"relu", [](auto& k, auto n, auto a, auto, auto y) { k.relu(n, a, y); },
       [](Real a, Real) { return a < 0 ? Real(0) : a; }},
      {"add_relu", [](auto& k, auto n, auto a, auto b, auto y) { k.add_relu(n, a, b, y); },
       [](Real a, Real b) { return a + b < 0 ? 0 : a + b; }},
      {"relu_backward",
       [](auto& k, auto n, auto a, auto b, auto y) { k.relu_backward(n, a, b, y); },
       [](Real a, Real b) { return a <= 0 ? Real(0) : b; }},
  };
}

std::vector<Loop> normalize_loops() {
  return {
      {"normalize",
       [](auto& k, auto n, auto a, auto, auto y) { k.normalize(n, a, kRow, nullptr, y); },
       [](Real a, Real) { return normalized(a); }, 1e-6},
      {"normalize and relu",
       [](auto& k, auto n, auto a, auto, auto y) { k.normalize(n, a, kReluRow, nullptr, y); },
       [](Real a, Real) { return open(a) ? normalized(a) : 0; }, 1e-6},
      {"normalize, plus another",
       [](auto& k, auto n, auto a, auto b, auto y) { k.normalize(n, a, kRow, b, y); },
       [](Real a, Real b) { return normalized(a) + double{b}; }, 1e-6},
      {"normalize, plus another, and relu",
       [](auto& k, auto n, auto a, auto b, auto y) { k.normalize(n, a, kReluRow, b, y); },
       [](Real a, Real b) { return std::max(normalized(a) + double{b}, 0.0); }, 1e-6},
      {"normalize_mask",
       [](auto& k, auto n, auto a, auto b, auto y) { k.normalize_mask(n, a, kRow, b, a, y); },
       [](Real a, Real b) { return normalized(a) + double{b} <= 0 ? 0 : double{a}; }, 1e-6},
      {"normalize_backward",
       [](auto& k, auto n, auto a, auto b, auto y) {
         k.normalize_backward(n, a, b, kRow, Real(0.1), Real(0.05), y);
       },
       [](Real a, Real b) { return normalized_gradient(a, double{b}); }, 1e-6},
      {"normalize_backward and relu",
       [](auto& k, auto n, auto a, auto b, auto y) {
         k.normalize_backward(n, a, b, kReluRow, Real(0.1), Real(0.05), y);
       },
       [](Real a, Real b) { return normalized_gradient(a, open(a) ? double{b} : 0); }, 1e-6},
  };
}

std::vector<Loop> all_loops() {
  std::vector<Loop> all = elementwise_loops();
  for (const Loop& loop : normalize_loops()) all.push_back(loop);
  return all;
}

/// Runs the loop on copies of the inputs that start `offset` numbers into their buffers.
Values run(const Loop& loop, const Kernels& table, Values a, Values b, std::size_t offset,
           bool in_place) {
  const std::size_t n = a.size();
  Values y(n + offset + 1, kGuard);
  a.insert(a.begin(), offset, Real(0));
  b.insert(b.begin(), offset, Real(0));
  if (in_place) {
    std::copy(a.begin() + static_cast<std::ptrdiff_t>(offset), a.end(),
              y.begin() + static_cast<std::ptrdiff_t>(offset));
    loop.run(table, static_cast<std::int64_t>(n), y.data() + offset, b.data() + offset,
             y.data() + offset);
  } else {
    loop.run(table, static_cast<std::int64_t>(n), a.data() + offset, b.data() + offset,
             y.data() + offset);
  }
  for (std::size_t i = 0; i < offset; ++i) REQUIRE(y[i] == kGuard);
  REQUIRE(y.back() == kGuard);
  return {y.begin() + static_cast<std::ptrdiff_t>(offset), y.end() - 1};
}

void check_loop(const Loop& loop, const Kernels& table, const Values& a, const Values& b) {
  const Values baseline = run(loop, *supported_kernels().front(), a, b, 0, false);
  for (const std::size_t offset : {0u, 1u, 3u}) {
    const Values y = run(loop, table, a, b, offset, offset == 1);
    REQUIRE(all_of(y.size(), [&](std::size_t i) { return same_bits(y[i], baseline[i]); }));
    REQUIRE(all_of(y.size(), [&](std::size_t i) {
      const double expected = loop.expected(a[i], b[i]);
      return loop.tolerance == 0 ? same_bits(y[i], static_cast<Real>(expected))
                                 : close(y[i], expected, loop.tolerance);
    }));
  }
}

TEST_CASE("element-wise loops") {
  for (const Kernels* table : supported_kernels())
    for (const Loop& loop : all_loops())
      for (const std::size_t n : lengths()) {
        CAPTURE(std::string(table->name));
        CAPTURE(std::string(loop.name));
        CAPTURE(n);
        const Values a = numbers(static_cast<std::int64_t>(n), "a"),
                     b = numbers(static_cast<std::int64_t>(n), "b");
        check_loop(loop, *table, a, b);
        check_loop(loop, *table, with_specials(a), b);
        check_loop(loop, *table, a, with_specials(b));
      }
}

/// Two sums from two arrays.
struct Sums {
  const char* name;
  std::function<DoubleSums(const Kernels&, std::int64_t n, const Real* a, const Real* b)> run;
  std::function<DoubleSums(Real a, Real b)> term;
};

std::vector<Sums> sums() {
  return {
      {"sum",
       [](auto& k, auto n, auto a, auto) {
         return DoubleSums{k.sum(n, a), 0};
       },
       [](Real a, Real) {
         return DoubleSums{a, 0};
       }},
      {"moments", [](auto& k, auto n, auto a, auto) { return k.moments(n, a, Real(0.25)); },
       [](Real a, Real) {
         const double d = double{a} - 0.25;
         return DoubleSums{d, d * d};
       }},
      {"normalize_sums",
       [](auto& k, auto n, auto a, auto b) { return k.normalize_sums(n, a, b, kRow); },
       [](Real a, Real b) {
         return DoubleSums{b, double{b} * xhat(a)};
       }},
      {"normalize_sums and relu",
       [](auto& k, auto n, auto a, auto b) { return k.normalize_sums(n, a, b, kReluRow); },
       [](Real a, Real b) {
         return open(a) ? DoubleSums{b, double{b} * xhat(a)} : DoubleSums{0, 0};
       }},
  };
}

void check_sums(const Sums& s, const Kernels& table, const Values& a, const Values& b) {
  const auto n = static_cast<std::int64_t>(a.size());
  long double first = 0, second = 0;
  DoubleSums magnitude{0, 0};
  for (std::size_t i = 0; i < a.size(); ++i) {
    const DoubleSums term = s.term(a[i], b[i]);
    first += term.first;
    second += term.second;
    magnitude = {magnitude.first + std::abs(term.first), magnitude.second + std::abs(term.second)};
  }
  const DoubleSums baseline = s.run(*supported_kernels().front(), n, a.data(), b.data());
  for (const std::size_t offset : {0u, 1u, 3u}) {
    Values pa(offset, kNan), pb(offset, kNan);
    pa.insert(pa.end(), a.begin(), a.end());
    pb.insert(pb.end(), b.begin(), b.end());
    pa.insert(pa.end(), 1, kNan);  // what is read beyond the end would show
    pb.insert(pb.end(), 1, kNan);
    const DoubleSums got = s.run(table, n, pa.data() + offset, pb.data() + offset);
    REQUIRE(same(got.first, baseline.first, 0));
    REQUIRE(same(got.second, baseline.second, 0));
    REQUIRE(same(got.first, static_cast<double>(first), 1e-14 * magnitude.first));
    REQUIRE(same(got.second, static_cast<double>(second), 1e-14 * magnitude.second));
  }
}

TEST_CASE("sums in double") {
  for (const Kernels* table : supported_kernels())
    for (const Sums& s : sums())
      for (const std::size_t n : lengths()) {
        CAPTURE(std::string(table->name));
        CAPTURE(std::string(s.name));
        CAPTURE(n);
        check_sums(s, *table, numbers(static_cast<std::int64_t>(n), "a"),
                   numbers(static_cast<std::int64_t>(n), "b"));
      }
}

TEST_CASE("a sum of something that is not finite is not finite, wherever it stands") {
  for (const Kernels* table : supported_kernels())
    for (const std::size_t n : {1u, 15u, 16u, 17u, 40u, 70u})
      for (std::size_t i = 0; i < n; ++i)
        for (const Real bad : {kNan, kInf, -kInf}) {
          CAPTURE(std::string(table->name));
          Values v = numbers(static_cast<std::int64_t>(n), "a");
          v[i] = bad;
          const auto count = static_cast<std::int64_t>(n);
          REQUIRE(!std::isfinite(table->sum(count, v.data())));
          REQUIRE(!std::isfinite(table->moments(count, v.data(), 0).first));
          REQUIRE(!std::isfinite(table->moments(count, v.data(), 0).second));
        }
}

TEST_CASE("sums keep what float would lose") {
  for (const Kernels* table : supported_kernels()) {
    const Values v(1 << 20, Real(0.1));
    const double expected = double{Real(0.1)} * (1 << 20);
    CHECK(std::abs(table->sum(1 << 20, v.data()) - expected) <= 1e-9);
  }
}

TEST_CASE("tables have names of their own, and the baseline is always there") {
  const auto tables = supported_kernels();
  REQUIRE(!tables.empty());
  CHECK(std::string(tables[0]->name) == "baseline");
  for (std::size_t i = 1; i < tables.size(); ++i)
    CHECK(std::string(tables[i]->name) != std::string(tables[i - 1]->name));
  const char* wanted = std::getenv("EVENKEEL_CPU");
  CHECK(std::string(kernels().name) == (wanted && *wanted ? wanted : tables.back()->name));
}

}  // namespace
}  // namespace ek
