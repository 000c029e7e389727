// Denormals are zero in every thread that computes, and only there.
#include "evenkeel/core/machine/denormals.h"

#include <doctest/doctest.h>

#include <atomic>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <thread>
#include <vector>

#include "evenkeel/core/base/real.h"
#include "evenkeel/core/machine/parallel.h"
#include "evenkeel/core/ops/activation.h"
#include "evenkeel/core/ops/elementwise.h"
#include "evenkeel/core/ops/matmul.h"
#include "evenkeel/core/tensor/tensor.h"
#include "tests/support/threads.h"

namespace ek {
namespace {

#if defined(__x86_64__) || defined(__aarch64__)
constexpr bool kSupported = true;
#else
constexpr bool kSupported = false;
#endif

/// Half of the smallest normal number, as this thread computes it.
bool half_of_smallest_is_zero() {
  volatile float smallest = std::numeric_limits<float>::min();
  volatile float half = smallest * 0.5f;
  return std::bit_cast<std::uint32_t>(static_cast<float>(half)) == 0;
}

TEST_CASE("a thread takes denormals for zero while the guard lives, and then is as it was") {
  REQUIRE(!half_of_smallest_is_zero());
  {
    const FlushDenormals outer;
    CHECK(half_of_smallest_is_zero() == kSupported);
    { const FlushDenormals inner; }
    CHECK(half_of_smallest_is_zero() == kSupported);
  }
  CHECK(!half_of_smallest_is_zero());
  CHECK(!denormals_are_flushed());
  std::thread([] {
    flush_denormals();
    CHECK(half_of_smallest_is_zero() == kSupported);
    { const FlushDenormals guard; }
    CHECK(denormals_are_flushed() == kSupported);  // it was so before
  }).join();
}

TEST_CASE(
    "every body of parallel_for takes denormals for zero, on any number of threads; its caller is "
    "as before") {
  for (const int threads : {1, 2, 4}) {
    const Threads pool(threads);
    std::atomic<int> flushed = 0;
    for (const std::int64_t count :
         {1, 64}) {  // one chunk runs on the caller's thread, many on all
      parallel_for(count, 1, [&](std::int64_t, std::int64_t) {
        flushed += half_of_smallest_is_zero() ? 1 : 0;
      });
    }
    CHECK(flushed == (kSupported ? 65 : 0));
    CHECK(!half_of_smallest_is_zero());
  }
}

TEST_CASE("what fades ends at zero, with the same bits for any number of threads") {
  std::vector<std::vector<Real>> results;
  for (const int threads : {1, 2, 4}) {
    const Threads pool(threads);
    Tensor x({300, 300});
    std::uint32_t number = 0;
    for (Real& value : x.mutable_data())
      value = std::bit_cast<float>(number++ % (1 << 17));  // 0 to 1.8e-40
    Tensor y = relu(matmul(x * Real(1), x * Real(1))) + x * Real(0.5);
    results.emplace_back(y.data().begin(), y.data().end());
    Tensor fading = Tensor::full({1000}, 1);
    for (int i = 0; i < 2000; ++i) fading = fading * Real(0.5);
    if (kSupported) CHECK(fading.data()[0] == 0);
    CHECK(std::fpclassify(fading.data()[0]) != FP_SUBNORMAL);
  }
  CHECK(results[0] == results[1]);
  CHECK(results[0] == results[2]);
}

}  // namespace
}  // namespace ek
