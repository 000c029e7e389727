// parallel_for: which chunks there are, what nests, and what happens to exceptions.
#include "evenkeel/core/machine/parallel.h"

#include <doctest/doctest.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <numeric>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/threads.h"

namespace ek {
namespace {

using Chunks = std::multiset<std::pair<std::int64_t, std::int64_t>>;

Chunks chunks_of(std::int64_t count, std::int64_t grain) {
  Chunks chunks;
  std::mutex mutex;
  parallel_for(count, grain, [&](std::int64_t begin, std::int64_t end) {
    const std::lock_guard lock(mutex);
    chunks.emplace(begin, end);
  });
  return chunks;
}

std::set<std::thread::id> threads_of(std::int64_t count) {
  std::set<std::thread::id> ids;
  std::mutex mutex;
  parallel_for(count, 1, [&](std::int64_t, std::int64_t) {
    const std::lock_guard lock(mutex);
    ids.insert(std::this_thread::get_id());
  });
  return ids;
}

TEST_CASE("chunks depend on count and grain, not on the number of threads") {
  for (const int threads : {1, 2, 3, 8}) {
    const Threads scope(threads);
    CHECK(chunks_of(10, 4) == Chunks{{0, 4}, {4, 8}, {8, 10}});
    CHECK(chunks_of(8, 4) == Chunks{{0, 4}, {4, 8}});
    CHECK(chunks_of(3, 4) == Chunks{{0, 3}});
    CHECK(chunks_of(4, 1) == Chunks{{0, 1}, {1, 2}, {2, 3}, {3, 4}});
    CHECK(chunks_of(0, 4).empty());
  }
}

TEST_CASE("every index is visited once") {
  const Threads scope(4);
  std::vector<int> visits(10'001);
  parallel_for(10'001, 7, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) ++visits[static_cast<std::size_t>(i)];
  });
  CHECK(visits == std::vector<int>(10'001, 1));
}

TEST_CASE("one thread, or one chunk, runs on the caller") {
  {
    const Threads scope(1);
    CHECK(threads_of(100) == std::set{std::this_thread::get_id()});
  }
  const Threads scope(4);
  CHECK(threads_of(1) == std::set{std::this_thread::get_id()});
}

TEST_CASE("no more threads than were set") {
  const Threads scope(3);
  CHECK(num_threads() == 3);
  CHECK(threads_of(1000).size() <= 3);
}

TEST_CASE("a call from inside a body runs inline, chunk by chunk") {
  const Threads scope(4);
  std::atomic<int> elsewhere = 0, inner_chunks = 0;
  parallel_for(8, 1, [&](std::int64_t, std::int64_t) {
    const auto here = std::this_thread::get_id();
    parallel_for(5, 2, [&](std::int64_t, std::int64_t) {
      ++inner_chunks;
      elsewhere += std::this_thread::get_id() != here;
    });
  });
  CHECK(inner_chunks == 8 * 3);
  CHECK(elsewhere == 0);
}

TEST_CASE("the exception of the lowest chunk arrives") {
  for (const int threads : {1, 2, 4}) {
    const Threads scope(threads);
    for (int round = 0; round < 20; ++round)
      CHECK_THROWS_WITH_AS(parallel_for(100, 10,
                                        [](std::int64_t begin, std::int64_t) {
                                          if (begin >= 30)
                                            throw std::runtime_error(std::to_string(begin));
                                        }),
                           "30", std::runtime_error);
    CHECK(chunks_of(4, 2) == Chunks{{0, 2}, {2, 4}});  // and the next call works
  }
}

TEST_CASE("an exception crosses a nested call") {
  const Threads scope(4);
  auto nested = [] {
    parallel_for(4, 1, [](std::int64_t outer, std::int64_t) {
      parallel_for(4, 1, [outer](std::int64_t inner, std::int64_t) {
        if (inner == 2) throw std::runtime_error(std::to_string(outer));
      });
    });
  };
  CHECK_THROWS_WITH_AS(nested(), "0", std::runtime_error);
}

TEST_CASE("under SerialScope everything runs on this thread, and on no other one's account") {
  const Threads scope(4);
  {
    const SerialScope outer;
    { const SerialScope inner; }
    CHECK(threads_of(100) == std::set{std::this_thread::get_id()});
    CHECK(chunks_of(10, 4) == Chunks{{0, 4}, {4, 8}, {8, 10}});
  }
  std::set<std::thread::id> busy;  // a body that waits until two threads are in it
  std::mutex mutex;
  parallel_for(2, 1, [&](std::int64_t, std::int64_t) {
    for (bool both = false; !both; std::this_thread::yield()) {
      const std::lock_guard lock(mutex);
      busy.insert(std::this_thread::get_id());
      both = busy.size() == 2;
    }
  });
  CHECK(busy.size() == 2);
}

TEST_CASE("several threads may call at once") {
  const Threads scope(2);
  std::vector<std::int64_t> sums(4);
  std::vector<std::thread> callers;
  for (std::size_t t = 0; t < sums.size(); ++t)
    callers.emplace_back([t, &sums] {
      for (int round = 0; round < 50; ++round) {
        std::vector<std::int64_t> partial(100);
        parallel_for(1000, 10, [&](std::int64_t begin, std::int64_t end) {
          for (std::int64_t i = begin; i < end; ++i)
            partial[static_cast<std::size_t>(begin / 10)] += i;
        });
        sums[t] = std::accumulate(partial.begin(), partial.end(), std::int64_t{0});
      }
    });
  for (std::thread& caller : callers) caller.join();
  CHECK(sums == std::vector<std::int64_t>(4, 499'500));
}

TEST_CASE("many threads come and go") {
  for (const int threads : {300, 2, 300}) {
    const Threads scope(threads);
    CHECK(chunks_of(1000, 10).size() == 100);
  }
}

TEST_CASE("bad numbers are named") {
  CHECK_THROWS_WITH_AS(parallel_for(1, 0, [](std::int64_t, std::int64_t) {}),
                       "parallel_for: grain must be positive, got 0", std::invalid_argument);
  CHECK_THROWS_WITH_AS(set_num_threads(0), "threads: expected at least 1, got 0",
                       std::invalid_argument);
}

}  // namespace
}  // namespace ek
