// Every table of kernels against naive loops, and bit for bit against the baseline table: all short lengths,
// long ones, unaligned pointers, in place, and with NaN, infinities, zeros of both signs and denormal
// numbers.
#include "core/kernels/kernels.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "core/kernels/dispatch.h"
#include "core/random.h"

namespace ek {
namespace {

using Values = std::vector<Real>;

constexpr Real kNan = std::numeric_limits<Real>::quiet_NaN();
constexpr Real kInf = std::numeric_limits<Real>::infinity();
constexpr Real kDenormal = std::numeric_limits<Real>::denorm_min();
constexpr Real kGuard = Real(12345);  // stands before and behind every output

std::vector<std::size_t> lengths() {
  std::vector<std::size_t> all = {127, 128, 129, 1000, 4099, 16384};
  for (std::size_t n = 0; n <= 70; ++n) all.push_back(n);
  return all;
}

Values numbers(std::size_t n, const char* name) {
  const Stream s(8, name);
  Values v(n);
  for (std::size_t i = 0; i < n; ++i) v[i] = static_cast<Real>(s.normal(i));
  return v;
}

Values with_specials(Values v) {
  constexpr Real kSpecial[] = {kNan, kInf, -kInf, Real(0), -Real(0), kDenormal, -kDenormal, Real(1e38)};
  for (std::size_t i = 0; i < v.size(); i += 3) v[i] = kSpecial[i / 3 % std::size(kSpecial)];
  return v;
}

bool same(Real a, Real b) { return (a != a && b != b) || std::memcmp(&a, &b, sizeof a) == 0; }

bool same(double a, double b, double tolerance) { return (a != a && b != b) || std::abs(a - b) <= tolerance; }

bool close(Real a, double expected, double tolerance) {
  if (!std::isfinite(expected) || !std::isfinite(static_cast<Real>(expected)))
    return same(a, static_cast<Real>(expected));
  return std::abs(double{a} - expected) <= tolerance * std::max(1.0, std::abs(expected));
}

/// True if the test holds for every index; else says for which it does not.
template <typename Test>
bool all_of(std::size_t n, Test test) {
  for (std::size_t i = 0; i < n; ++i)
    if (!test(i)) {
      MESSAGE("first at element ", i);
      return false;
    }
  return true;
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
double xhat(Real x) { return (double{x} - double{kRow.mean_hi} - double{kRow.mean_lo}) * double{kRow.rstd}; }
double normalized(Real x) { return xhat(x) * double{kRow.weight} + double{kRow.bias}; }
/// Does relu let the gradient through? In Real, as the forward pass rounds.
bool open(Real x) {
  const Real z = ((x - kRow.mean_hi) - kRow.mean_lo) * kRow.rstd;
  return !(z * kRow.weight + kRow.bias <= 0);
}
double normalized_gradient(Real x, double g) {
  return (g * double{kRow.weight} - double{Real(0.1)} - xhat(x) * double{Real(0.05)}) * double{kRow.rstd};
}

std::vector<Loop> loops() {
  return {
      {"add", [](auto& k, auto n, auto a, auto b, auto y) { k.add(n, a, b, y); }, [](Real a, Real b) { return a + b; }},
      {"mul", [](auto& k, auto n, auto a, auto b, auto y) { k.mul(n, a, b, y); }, [](Real a, Real b) { return a * b; }},
      {"scale_shift", [](auto& k, auto n, auto a, auto, auto y) { k.scale_shift(n, a, Real(1.1), Real(-0.7), y); },
       [](Real a, Real) {
         const Real scaled = a * Real(1.1);
         return scaled + Real(-0.7);
       }},
      {"relu", [](auto& k, auto n, auto a, auto, auto y) { k.relu(n, a, y); },
       [](Real a, Real) { return a < 0 ? Real(0) : a; }},
      {"add_relu", [](auto& k, auto n, auto a, auto b, auto y) { k.add_relu(n, a, b, y); },
       [](Real a, Real b) { return a + b < 0 ? 0 : a + b; }},
      {"relu_backward", [](auto& k, auto n, auto a, auto b, auto y) { k.relu_backward(n, a, b, y); },
       [](Real a, Real b) { return a <= 0 ? Real(0) : b; }},
      {"normalize", [](auto& k, auto n, auto a, auto, auto y) { k.normalize(n, a, kRow, nullptr, y); },
       [](Real a, Real) { return normalized(a); }, 1e-6},
      {"normalize and relu", [](auto& k, auto n, auto a, auto, auto y) { k.normalize(n, a, kReluRow, nullptr, y); },
       [](Real a, Real) { return open(a) ? normalized(a) : 0; }, 1e-6},
      {"normalize, plus another", [](auto& k, auto n, auto a, auto b, auto y) { k.normalize(n, a, kRow, b, y); },
       [](Real a, Real b) { return normalized(a) + double{b}; }, 1e-6},
      {"normalize, plus another, and relu",
       [](auto& k, auto n, auto a, auto b, auto y) { k.normalize(n, a, kReluRow, b, y); },
       [](Real a, Real b) { return std::max(normalized(a) + double{b}, 0.0); }, 1e-6},
      {"normalize_mask", [](auto& k, auto n, auto a, auto b, auto y) { k.normalize_mask(n, a, kRow, b, a, y); },
       [](Real a, Real b) { return normalized(a) + double{b} <= 0 ? 0 : double{a}; }, 1e-6},
      {"normalize_backward",
       [](auto& k, auto n, auto a, auto b, auto y) { k.normalize_backward(n, a, b, kRow, Real(0.1), Real(0.05), y); },
       [](Real a, Real b) { return normalized_gradient(a, double{b}); }, 1e-6},
      {"normalize_backward and relu",
       [](auto& k, auto n, auto a, auto b, auto y) {
         k.normalize_backward(n, a, b, kReluRow, Real(0.1), Real(0.05), y);
       },
       [](Real a, Real b) { return normalized_gradient(a, open(a) ? double{b} : 0); }, 1e-6},
  };
}

/// Runs the loop on copies of the inputs that start `offset` numbers into their buffers.
Values run(const Loop& loop, const Kernels& table, Values a, Values b, std::size_t offset, bool in_place) {
  const std::size_t n = a.size();
  Values y(n + offset + 1, kGuard);
  a.insert(a.begin(), offset, Real(0));
  b.insert(b.begin(), offset, Real(0));
  if (in_place) {
    std::copy(a.begin() + static_cast<std::ptrdiff_t>(offset), a.end(),
              y.begin() + static_cast<std::ptrdiff_t>(offset));
    loop.run(table, static_cast<std::int64_t>(n), y.data() + offset, b.data() + offset, y.data() + offset);
  } else {
    loop.run(table, static_cast<std::int64_t>(n), a.data() + offset, b.data() + offset, y.data() + offset);
  }
  for (std::size_t i = 0; i < offset; ++i) REQUIRE(y[i] == kGuard);
  REQUIRE(y.back() == kGuard);
  return {y.begin() + static_cast<std::ptrdiff_t>(offset), y.end() - 1};
}

void check_loop(const Loop& loop, const Kernels& table, const Values& a, const Values& b) {
  const Values baseline = run(loop, *supported_kernels().front(), a, b, 0, false);
  for (const std::size_t offset : {0u, 1u, 3u}) {
    const Values y = run(loop, table, a, b, offset, offset == 1);
    REQUIRE(all_of(y.size(), [&](std::size_t i) { return same(y[i], baseline[i]); }));
    REQUIRE(all_of(y.size(), [&](std::size_t i) {
      const double expected = loop.expected(a[i], b[i]);
      return loop.tolerance == 0 ? same(y[i], static_cast<Real>(expected)) : close(y[i], expected, loop.tolerance);
    }));
  }
}

TEST_CASE("element-wise loops") {
  for (const Kernels* table : supported_kernels())
    for (const Loop& loop : loops())
      for (const std::size_t n : lengths()) {
        CAPTURE(std::string(table->name));
        CAPTURE(std::string(loop.name));
        CAPTURE(n);
        const Values a = numbers(n, "a"), b = numbers(n, "b");
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
      {"normalize_sums", [](auto& k, auto n, auto a, auto b) { return k.normalize_sums(n, a, b, kRow); },
       [](Real a, Real b) {
         return DoubleSums{b, double{b} * xhat(a)};
       }},
      {"normalize_sums and relu", [](auto& k, auto n, auto a, auto b) { return k.normalize_sums(n, a, b, kReluRow); },
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
        check_sums(s, *table, numbers(n, "a"), numbers(n, "b"));
      }
}

TEST_CASE("a sum of something that is not finite is not finite, wherever it stands") {
  for (const Kernels* table : supported_kernels())
    for (const std::size_t n : {1u, 15u, 16u, 17u, 40u, 70u})
      for (std::size_t i = 0; i < n; ++i)
        for (const Real bad : {kNan, kInf, -kInf}) {
          CAPTURE(std::string(table->name));
          Values v = numbers(n, "a");
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

/// A training state: gradient, two state arrays and the weight.
struct State {
  Values grad, first, second, weight;

  explicit State(std::size_t n)
      : grad(numbers(n, "grad")), first(numbers(n, "first")), second(n), weight(numbers(n, "weight")) {
    const Values root = numbers(n, "second");
    for (std::size_t i = 0; i < n; ++i) second[i] = root[i] * root[i];
  }
};

void check_states(const State& got, const State& baseline) {
  REQUIRE(all_of(got.weight.size(), [&](std::size_t i) {
    return same(got.grad[i], baseline.grad[i]) && same(got.first[i], baseline.first[i]) &&
           same(got.second[i], baseline.second[i]) && same(got.weight[i], baseline.weight[i]);
  }));
}

TEST_CASE("sgd") {
  constexpr double kTolerance = 1e-6;
  for (const Kernels* table : supported_kernels())
    for (const auto& p :
         {SgdStep{Real(0.1), 0, 1, 0, false}, SgdStep{Real(0.1), 0, 1, Real(0.01), false},
          SgdStep{Real(0.1), Real(0.9), 1, Real(0.01), false},
          SgdStep{Real(0.1), Real(0.9), Real(0.75), Real(0.01), false},
          SgdStep{Real(0.1), Real(0.9), 1, Real(0.01), true}, SgdStep{Real(0.1), Real(0.9), 1, 0, true}})
      for (const std::size_t n : lengths()) {
        CAPTURE(std::string(table->name));
        CAPTURE(n);
        const State before(n);
        State got(n), baseline(n);
        auto step = [&](const Kernels& k, State& s) {
          k.sgd(static_cast<std::int64_t>(n), p, s.grad.data(), s.first.data(), s.weight.data());
        };
        step(*table, got);
        step(*supported_kernels().front(), baseline);
        check_states(got, baseline);
        REQUIRE(all_of(n, [&](std::size_t i) {
          const double g = double{before.grad[i]} + double{p.weight_decay} * double{before.weight[i]};
          const double v = double{p.momentum} * double{before.first[i]} + double{p.gradient_share} * g;
          const double direction = p.momentum == 0 ? g : p.nesterov ? g + double{p.momentum} * v : v;
          return close(got.weight[i], double{before.weight[i]} - double{p.lr} * direction, kTolerance) &&
                 close(got.first[i], p.momentum == 0 ? double{before.first[i]} : v, kTolerance);
        }));
      }
}

TEST_CASE("adam") {
  constexpr double kTolerance = 2e-6;
  for (const Kernels* table : supported_kernels())
    for (const Real decay : {Real(0), Real(0.1)})
      for (const Real shrink : {Real(1), Real(0.999)})
        for (const std::size_t n : lengths()) {
          CAPTURE(std::string(table->name));
          CAPTURE(n);
          const AdamStep p = {.step_size = Real(0.01),
                              .beta1 = Real(0.9),
                              .one_minus_beta1 = Real(0.1),
                              .beta2 = Real(0.999),
                              .one_minus_beta2 = Real(0.001),
                              .eps = Real(1e-8),
                              .weight_decay = decay,
                              .shrink = shrink};
          const State before(n);
          State got(n), baseline(n);
          auto step = [&](const Kernels& k, State& s) {
            k.adam(static_cast<std::int64_t>(n), p, s.grad.data(), s.first.data(), s.second.data(), s.weight.data());
          };
          step(*table, got);
          step(*supported_kernels().front(), baseline);
          check_states(got, baseline);
          REQUIRE(all_of(n, [&](std::size_t i) {
            const double w = double{before.weight[i]} * double{shrink};
            const double g = double{before.grad[i]} + double{decay} * w;
            const double m = double{p.beta1} * double{before.first[i]} + double{p.one_minus_beta1} * g;
            const double v = double{p.beta2} * double{before.second[i]} + double{p.one_minus_beta2} * g * g;
            const double root = std::sqrt(v) + double{p.eps};
            return close(got.first[i], m, kTolerance) && close(got.second[i], v, kTolerance) &&
                   close(got.weight[i], w - double{p.step_size} * m / root, kTolerance);
          }));
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
