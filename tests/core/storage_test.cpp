// Storage: blocks come back, are handed out again, and never add up to much more than was once in use.
#include "evenkeel/core/tensor/storage.h"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <thread>
#include <utility>
#include <vector>

#include "evenkeel/core/base/real.h"
#include "evenkeel/core/ops/random.h"

namespace ek {
namespace {

constexpr std::int64_t kMiB =
    (1 << 20) / static_cast<std::int64_t>(sizeof(Real));  // numbers in one MiB

TEST_CASE("a block has the size asked for and is aligned to 64 bytes") {
  for (const std::int64_t count : {0, 1, 15, 16, 17, 1000, 524288, 524289}) {
    Storage s(count);
    CHECK(s.values().size() == static_cast<std::size_t>(count));
    CHECK(reinterpret_cast<std::uintptr_t>(s.values().data()) % 64 == 0);
  }
}

TEST_CASE("a freed block is handed out again, with its old values") {
  release_cached_memory();
  Real* where;
  {
    Storage s(1000);
    where = s.values().data();
    s.values()[999] = 42;
  }
  Storage again(1000);
  CHECK(again.values().data() == where);
  CHECK(again.values()[999] == 42);
}

TEST_CASE("only a block of the size asked for is reused") {
  release_cached_memory();
  Real* where;
  {
    Storage s(1800);
    where = s.values().data();
  }
  {
    Storage smaller(1700);
    CHECK(smaller.values().data() != where);
  }
  Storage again(1800);
  CHECK(again.values().data() == where);
}

TEST_CASE("blocks of sizes that nobody asks for any more make room for those that are asked for") {
  release_cached_memory();
  {
    std::vector<std::unique_ptr<Storage>> stale;  // a new peak, whatever has run before
    for (std::size_t mib = 0, before = memory_use().peak >> 20; mib <= before + 64; mib += 4)
      stale.push_back(std::make_unique<Storage>(4 * kMiB));
  }
  // One after the other: these fit into the cache together, but not beside all that is kept.
  const auto room = static_cast<std::int64_t>(memory_use().peak >> 20);
  for (int round = 0; round < 3; ++round)
    for (const std::int64_t part : {2, 4, 8}) {
      Storage s(room / part * kMiB);
      if (round > 0) CHECK(s.values()[0] == Real(part));  // the block of the round before
      s.values()[0] = Real(part);
    }
}

TEST_CASE("two blocks that are alive never overlap") {
  Storage a(100), b(100);
  CHECK(a.values().data() != b.values().data());
}

TEST_CASE("live, cached and peak add up") {
  release_cached_memory();
  const MemoryUse start = memory_use();
  CHECK(start.cached == 0);
  constexpr std::size_t kBytes = std::size_t{8} << 20;
  {
    Storage s(8 * kMiB);
    const MemoryUse use = memory_use();
    CHECK(use.live == start.live + kBytes);
    CHECK(use.cached == 0);
    CHECK(use.peak >= use.live);
  }
  const MemoryUse after = memory_use();
  CHECK(after.live == start.live);
  CHECK(after.cached == kBytes);
  release_cached_memory();
  CHECK(memory_use().cached == 0);
  CHECK(memory_use().peak == after.peak);
}

TEST_CASE("what is in use and kept together stays within the peak and half of it") {
  release_cached_memory();
  const Stream random(7, "sizes");
  std::vector<std::unique_ptr<Storage>> alive;
  for (std::uint64_t i = 0; i < 3000; ++i) {
    alive.push_back(
        std::make_unique<Storage>(static_cast<std::int64_t>(random.below(300'000, 2 * i))));
    if (alive.size() > 20) {
      const auto victim = static_cast<std::ptrdiff_t>(random.below(alive.size(), 2 * i + 1));
      alive.erase(alive.begin() + victim);
    }
    const MemoryUse use = memory_use();
    REQUIRE(use.live + use.cached <= use.peak + use.peak / 2);
  }
}

/// Counts how often it is looked at.
struct Watcher : WriteWatcher {
  Watcher(std::int64_t& count, bool on) : looks(count), watching(on) {}
  void before_write() noexcept override { ++looks; }
  bool is_watching() const override {
    ++looks;
    return watching;
  }
  std::int64_t& looks;
  bool watching;
};

TEST_CASE("watching values costs work in proportion to the watchers; those that stop are let go") {
  constexpr std::int64_t kCount = 40'000;
  for (const bool watching : {true, false}) {
    CAPTURE(watching);
    Storage weight(1);
    std::int64_t looks = 0;
    std::vector<std::shared_ptr<Watcher>> watchers;
    for (std::int64_t i = 0; i < kCount; ++i) {
      watchers.push_back(std::make_shared<Watcher>(looks, watching));
      weight.watch(watchers.back());
    }
    CHECK(looks <= 2 * kCount);
    looks = 0;
    weight.before_write();
    if (watching) CHECK(looks == kCount);
    if (!watching) CHECK(looks <= 16);
    looks = 0;
    weight.before_write();
    CHECK(looks == 0);
  }
}

TEST_CASE("blocks may be freed by another thread than the one that took them") {
  const std::size_t live = memory_use().live;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([] {
      std::vector<std::unique_ptr<Storage>> mine;
      for (int i = 0; i < 1000; ++i) {
        mine.push_back(std::make_unique<Storage>(i));
        mine.back()->values().data()[0] = 1;
        if (mine.size() > 8) mine.erase(mine.begin());
      }
    });
  for (std::thread& t : threads) t.join();
  auto taken_here = std::make_unique<Storage>(10);
  std::thread([s = std::move(taken_here)] {}).join();
  CHECK(memory_use().live == live);
}

TEST_CASE("more memory than there is gives bad_alloc and leaves the counts alone") {
  const MemoryUse before = memory_use();
  CHECK_THROWS_AS(Storage(std::int64_t{1} << 55), std::bad_alloc);
  CHECK(memory_use().live == before.live);
  CHECK(memory_use().peak == before.peak);
}

}  // namespace
}  // namespace ek
