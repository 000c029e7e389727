// Items that are made ahead where the system gives no threads for it.
#include "evenkeel/data/prefetch.h"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <thread>
#include <vector>

#include "evenkeel/core/machine/denormals.h"
#include "tests/support/few_threads.h"

namespace ek {
namespace {

struct Item {
  std::int64_t number;
  std::thread::id maker;
};

std::vector<Item> all(Prefetched<Item> sequence) {
  std::vector<Item> items;
  for (const Item& item : sequence) items.push_back(item);
  return items;
}

Prefetched<Item> ten_items() {
  return Prefetched<Item>(
      [](std::int64_t i) {
        return Item{i, std::this_thread::get_id()};
      },
      0, 10, 3);
}

TEST_CASE("an item for which there is no thread is made by the thread that asks for it") {
  for (const int given : {0, 1, 4}) {
    CAPTURE(given);
    const FewThreads few(given);
    const std::vector<Item> items = all(ten_items());
    CHECK(few.refused() == 10 - given);
    REQUIRE(items.size() == 10);
    for (std::int64_t i = 0; i < 10; ++i) {
      const Item& item = items[static_cast<std::size_t>(i)];
      CHECK(item.number == i);
      CHECK((item.maker == std::this_thread::get_id()) == (i >= given));
    }
  }
}

TEST_CASE("what fails there fails at its place, and the sequence may be left") {
  const FewThreads few(1);
  Prefetched<int> sequence(
      [](std::int64_t i) {
        if (i == 2) throw std::runtime_error("item 2");
        return static_cast<int>(i);
      },
      0, 10, 2);
  CHECK(sequence.next() == 0);
  CHECK(sequence.next() == 1);
  CHECK_THROWS_WITH_AS(sequence.next(), "item 2", std::runtime_error);
  CHECK(sequence.next() == 3);
}

TEST_CASE("items are made with denormals taken for zero, on whichever thread") {
  Prefetched<bool> asked([](std::int64_t) { return denormals_are_flushed(); }, 0, 4, 0);
  for (const bool flushed : asked) CHECK(flushed);
  Prefetched<bool> ahead([](std::int64_t) { return denormals_are_flushed(); }, 0, 4, 2);
  for (const bool flushed : ahead) CHECK(flushed);
  CHECK(!denormals_are_flushed());  // this thread is as it was
}

}  // namespace
}  // namespace ek
