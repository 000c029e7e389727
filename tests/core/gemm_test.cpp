// gemm against three loops in double: transposes, odd sizes, distances between rows, and every way of
// cutting the work, with the same bits for any number of threads.
#include "evenkeel/core/fast/gemm.h"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <latch>
#include <limits>
#include <new>
#include <thread>
#include <vector>

#include "evenkeel/core/base/real.h"
#include "evenkeel/core/machine/parallel.h"
#include "evenkeel/core/ops/random.h"
#include "tests/support/threads.h"

namespace ek {
namespace {

using Values = std::vector<Real>;

constexpr Real kNan = std::numeric_limits<Real>::quiet_NaN();

struct Sizes {
  std::int64_t m, n, k;
};

// Small and odd; long in N; long in M; long in K.
const std::vector<Sizes> kSizes = {{1, 1, 1},    {3, 5, 7},     {17, 33, 65},  {64, 64, 64},
                                   {1, 1000, 3}, {5, 3000, 40}, {129, 65, 2},  {3000, 5, 8},
                                   {700, 1, 31}, {9, 11, 4096}, {13, 7, 5001}, {1, 1, 20'000}};

Values numbers(std::int64_t count, const char* name) {
  const Stream s(21, name);
  Values v(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < v.size(); ++i) v[i] = static_cast<Real>(s.normal(i));
  return v;
}

/// One product: op(A) [M, K] and op(B) [K, N] as stored, with `slack` unused numbers behind every row.
struct Product {
  Sizes s;
  Trans ta, tb;
  std::int64_t slack, lda, ldb, ldc;
  Values a, b;

  Product(Sizes sizes, Trans transpose_a, Trans transpose_b, std::int64_t slack_)
      : s(sizes), ta(transpose_a), tb(transpose_b), slack(slack_) {
    lda = (ta == Trans::no ? s.k : s.m) + slack;
    ldb = (tb == Trans::no ? s.n : s.k) + slack;
    ldc = s.n + slack;
    a = numbers((ta == Trans::no ? s.m : s.k) * lda, "a");
    b = numbers((tb == Trans::no ? s.k : s.n) * ldb, "b");
  }

  double a_at(std::int64_t i, std::int64_t l) const {
    return double{a[static_cast<std::size_t>(ta == Trans::no ? i * lda + l : l * lda + i)]};
  }
  double b_at(std::int64_t l, std::int64_t j) const {
    return double{b[static_cast<std::size_t>(tb == Trans::no ? l * ldb + j : j * ldb + l)]};
  }

  Values run(Values c, bool serial) const {
    auto product = [&] {
      gemm(ta, tb, s.m, s.n, s.k, a.data(), lda, b.data(), ldb, c.data(), ldc);
    };
    if (!serial) product();
    if (serial) {
      const SerialScope alone;
      product();
    }
    return c;
  }

  /// Is `c` what C = op(A) op(B) gives, with the slack as it was `before`?
  bool fits(const Values& c, const Values& before) const {
    for (std::int64_t i = 0; i < s.m; ++i)
      for (std::int64_t j = 0; j < ldc; ++j) {
        const auto at = static_cast<std::size_t>(i * ldc + j);
        if (j >= s.n) {  // the slack stays as it was
          if (std::memcmp(&c[at], &before[at], sizeof(Real)) != 0) return false;
          continue;
        }
        double expected = 0, magnitude = 0;
        for (std::int64_t l = 0; l < s.k; ++l) {
          const double term = a_at(i, l) * b_at(l, j);
          expected += term;
          magnitude += std::abs(term);
        }
        if (!(std::abs(double{c[at]} - expected) <= 1e-6 * magnitude)) return false;
      }
    return true;
  }
};

bool same_bits(const Values& a, const Values& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(Real)) == 0;
}

template <typename Test>
void for_each_product(Test test) {
  for (const Sizes& s : kSizes)
    for (const Trans ta : {Trans::no, Trans::yes})
      for (const Trans tb : {Trans::no, Trans::yes})
        for (const std::int64_t slack : {0, 3}) {
          CAPTURE(s.m);
          CAPTURE(s.n);
          CAPTURE(s.k);
          CAPTURE(int(ta));
          CAPTURE(int(tb));
          CAPTURE(slack);
          test(Product(s, ta, tb, slack));
        }
}

TEST_CASE("C = op(A) op(B) overwrites whatever C held, even NaN") {
  for_each_product([](const Product& p) {
    const Values before(static_cast<std::size_t>(p.s.m * p.ldc), kNan);
    for (const bool serial : {false, true}) REQUIRE(p.fits(p.run(before, serial), before));
  });
}

TEST_CASE("the same bits for 1, 2 and 4 threads") {
  for_each_product([](const Product& p) {
    const Values before = numbers(p.s.m * p.ldc, "c");
    Values one;
    for (const int threads : {1, 2, 4}) {
      const Threads scope(threads);
      const Values c = p.run(before, false);
      if (threads == 1) one = c;
      REQUIRE(same_bits(c, one));
    }
  });
}

TEST_CASE("no rows, no columns, or nothing to add up") {
  const Values a = numbers(12, "a"), b = numbers(12, "b");
  Values c = {1, 2, 3, 4, 5, 6};
  const Values before = c;
  gemm(Trans::no, Trans::no, 0, 3, 2, a.data(), 2, b.data(), 3, c.data(), 3);
  gemm(Trans::no, Trans::no, 2, 0, 2, a.data(), 2, b.data(), 0, c.data(), 0);
  CHECK(same_bits(c, before));
  gemm(Trans::no, Trans::no, 2, 3, 0, a.data(), 0, b.data(), 3, c.data(), 3);
  CHECK(c == Values(6, 0));
}

TEST_CASE("NaN and infinity go through") {
  for (const Sizes& s : {Sizes{4, 6, 3}, Sizes{3, 3, 4500}}) {
    Product p(s, Trans::no, Trans::no, 0);
    p.a[0] = kNan;                                    // row 0
    p.a[static_cast<std::size_t>(p.lda)] = INFINITY;  // row 1
    const Values c = p.run(Values(static_cast<std::size_t>(s.m * s.n)), false);
    for (std::size_t j = 0; j < static_cast<std::size_t>(s.n); ++j) {
      CHECK(std::isnan(c[j]));
      CHECK(std::isinf(c[static_cast<std::size_t>(s.n) + j]));
      CHECK(std::isfinite(c[2 * static_cast<std::size_t>(s.n) + j]));
    }
  }
}

TEST_CASE("gemm may be called from several chunks at once") {
  const Threads scope(4);
  const Product p({40, 50, 60}, Trans::no, Trans::yes, 0);
  const Values expected = p.run(Values(2000), false);
  std::vector<Values> results(16);
  parallel_for(16, 1, [&](std::int64_t i, std::int64_t) {
    results[static_cast<std::size_t>(i)] = p.run(Values(2000), i % 2 == 0);
  });
  for (std::size_t i = 0; i < results.size(); ++i)
    CHECK(same_bits(results[i], i % 2 ? expected : results[0]));
}

/// While one lives, this process can map 64 MiB more than it has.
struct AddressSpaceLimit {
  AddressSpaceLimit() {
    getrlimit(RLIMIT_AS, &before);
    long pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    rlimit limit = before;
    limit.rlim_cur = static_cast<rlim_t>(pages * sysconf(_SC_PAGESIZE)) + (rlim_t{64} << 20);
    setrlimit(RLIMIT_AS, &limit);
  }
  ~AddressSpaceLimit() { setrlimit(RLIMIT_AS, &before); }
  AddressSpaceLimit(const AddressSpaceLimit&) = delete;
  AddressSpaceLimit& operator=(const AddressSpaceLimit&) = delete;
  rlimit before;
};

TEST_CASE(
    "a thread whose first product finds no room for BLAS's buffer throws, where BLAS would wait "
    "for ever") {
  const Product p({40, 50, 60}, Trans::no, Trans::no, 0);
  const Values expected = p.run(Values(2000), true);
  Values c(2000);
  bool threw = false;
  std::latch started(1), limited(1), tried(1), freed(1);
  std::thread thread([&] {
    const Values own(1000);  // a thread's first allocation maps memory too
    started.count_down();
    limited.wait();
    try {
      gemm(p.ta, p.tb, 40, 50, 60, p.a.data(), p.lda, p.b.data(), p.ldb, c.data(), p.ldc);
    } catch (const std::bad_alloc&) {
      threw = true;
    }
    tried.count_down();
    freed.wait();
    gemm(p.ta, p.tb, 40, 50, 60, p.a.data(), p.lda, p.b.data(), p.ldb, c.data(), p.ldc);
  });
  started.wait();
  {
    const AddressSpaceLimit limit;
    limited.count_down();
    tried.wait();
    CHECK(p.run(Values(2000), true) == expected);  // this thread has had its first call before
  }
  CHECK(threw);
  freed.count_down();
  thread.join();
  CHECK(c == expected);
}

}  // namespace
}  // namespace ek
