// What happens where the system gives fewer threads than were set: the work is done by those that there are.
#include "tests/support/few_threads.h"

#include <doctest/doctest.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

#include "evenkeel/core/machine/parallel.h"
#include "evenkeel/core/ops/elementwise.h"
#include "evenkeel/core/ops/random.h"
#include "evenkeel/core/ops/reduce.h"
#include "evenkeel/core/tensor/tensor.h"
#include "tests/support/compare.h"
#include "tests/support/threads.h"

namespace ek {
namespace {

/// How often each of 1,000 indices was visited.
std::vector<int> visits() {
  std::vector<int> count(1000);
  parallel_each(1000, 10, [&](std::int64_t i) { ++count[static_cast<std::size_t>(i)]; });
  return count;
}

TEST_CASE("a loop is done by the threads that could be made") {
  for (const int given : {0, 1, 3, 6}) {
    CAPTURE(given);
    const Threads scope(8);  // they start with the first loop
    const FewThreads few(given);
    CHECK(visits() == std::vector<int>(1000, 1));
    CHECK(few.refused() == 1);
    CHECK(num_threads() == given + 1);
    CHECK(visits() == std::vector<int>(1000, 1));
    CHECK(few.refused() == 1);  // not asked for again in every loop
  }
}

TEST_CASE("a program can ask beforehand how many threads there are") {
  const Threads scope(8);
  {
    const FewThreads few(2);
    CHECK(start_threads() == 3);
    CHECK(num_threads() == 3);
    CHECK(start_threads() == 3);
  }
  set_num_threads(5);  // a new number is a new attempt
  CHECK(start_threads() == 5);
}

TEST_CASE("fewer threads give the same bits") {
  Tensor x({300'000});
  fill_normal(x, 0, 1, Stream(3));
  const auto result = [&] { return sum(x * x + x); };
  const Tensor expected = result();
  for (const int given : {0, 2}) {
    const Threads scope(6);
    const FewThreads few(given);
    CHECK(same_bits(result(), expected));
    CHECK(few.refused() == 1);
  }
}

TEST_CASE("several callers meet the refusal at once") {
  for (int round = 0; round < 20; ++round) {
    const Threads scope(16);
    std::vector<std::vector<int>> counts(3);
    std::vector<std::thread> callers;
    const FewThreads few(3 + round % 4);
    std::atomic<bool> begin = false;  // the callers are the first three
    for (auto& count : counts)
      callers.emplace_back([&] {
        begin.wait(false);
        count = visits();
      });
    begin = true;
    begin.notify_all();
    for (std::thread& caller : callers) caller.join();
    for (const auto& count : counts) CHECK(count == std::vector<int>(1000, 1));
    CHECK(num_threads() == 1 + round % 4);
  }
}

}  // namespace
}  // namespace ek
