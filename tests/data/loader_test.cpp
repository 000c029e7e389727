#include "evenkeel/data/loader.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/machine/parallel.h"
#include "evenkeel/data/dataset.h"
#include "evenkeel/data/prefetch.h"
#include "evenkeel/data/transform.h"
#include "files.h"

using namespace ek;

namespace {

/// Image i has the label i % 7 and, as its first byte, i; the others are i too. Fails at the image `broken`.
class Numbered : public Dataset {
 public:
  explicit Numbered(std::int64_t size, std::int64_t broken = -1)
      : Dataset("numbered", {3, 4, 4}, std::vector<std::string>(7, "x")),
        size_(size),
        broken_(broken) {}
  std::int64_t size() const override { return size_; }
  int label(std::int64_t i) const override { return static_cast<int>(i % 7); }
  void image(std::int64_t i, std::span<std::uint8_t> pixels) const override {
    if (i == broken_) throw DataError("image " + std::to_string(i) + " is broken");
    std::ranges::fill(pixels, static_cast<std::uint8_t>(i));
    ++made;
  }
  mutable std::atomic<int> made = 0;

 private:
  std::int64_t size_, broken_;
};

const Normalization kPlain = {{0, 0, 0}, {1 / 255.0, 1 / 255.0, 1 / 255.0}};  // value = byte

DataLoader loader(std::int64_t size, LoaderOptions options) {
  return DataLoader(std::make_shared<Numbered>(size), kPlain, options);
}

std::vector<std::int64_t> order_of(const DataLoader& from, std::int64_t epoch,
                                   std::int64_t first_step = 0) {
  std::vector<std::int64_t> order;
  for (const Batch& batch : from.epoch(epoch, first_step))
    order.insert(order.end(), batch.indices.begin(), batch.indices.end());
  return order;
}

}  // namespace

TEST_CASE("an epoch has every image once, with its label and its pixels") {
  for (const int prefetch : {0, 1, 2, 3}) {
    std::vector<std::int64_t> seen;
    for (const Batch& batch : loader(50, {.batch_size = 8, .prefetch = prefetch}).epoch(0)) {
      const std::size_t n = batch.indices.size();
      CHECK(n == (seen.size() == 48 ? 2u : 8u));
      CHECK(batch.images.shape() == Shape{static_cast<std::int64_t>(n), 3, 4, 4});
      REQUIRE(batch.labels.size() == n);
      for (std::size_t i = 0; i < n; ++i) {
        CHECK(batch.labels[i] == static_cast<int>(batch.indices[i] % 7));
        CHECK(std::abs(batch.images.data()[i * 48 + 47] - static_cast<Real>(batch.indices[i])) <
              1e-4);
      }
      seen.insert(seen.end(), batch.indices.begin(), batch.indices.end());
    }
    CHECK_FALSE(std::ranges::is_sorted(seen));
    std::ranges::sort(seen);
    REQUIRE(seen.size() == 50);
    for (std::int64_t i = 0; i < 50; ++i) CHECK(seen[static_cast<std::size_t>(i)] == i);
  }
}

TEST_CASE("the order depends on seed and epoch, not on prefetch or threads") {
  const auto reference = order_of(loader(100, {.batch_size = 7, .seed = 4, .prefetch = 0}), 2);
  const int before = num_threads();
  for (const int threads : {1, 2, 4}) {
    set_num_threads(threads);
    for (const int prefetch : {0, 1, 2, 3})
      CHECK(order_of(loader(100, {.batch_size = 7, .seed = 4, .prefetch = prefetch}), 2) ==
            reference);
  }
  set_num_threads(before);
  CHECK(order_of(loader(100, {.batch_size = 20, .seed = 4}), 2) ==
        reference);  // nor on the batch size
  CHECK(order_of(loader(100, {.batch_size = 7, .seed = 4}), 3) != reference);
  CHECK(order_of(loader(100, {.batch_size = 7, .seed = 5}), 2) != reference);
}

TEST_CASE("without shuffle the images come in their own order") {
  const auto order = order_of(loader(30, {.batch_size = 8, .shuffle = false}), 5);
  REQUIRE(order.size() == 30);
  for (std::size_t i = 0; i < order.size(); ++i) CHECK(order[i] == static_cast<std::int64_t>(i));
}

TEST_CASE("an epoch that starts at step k is the rest of the epoch") {
  const DataLoader some = loader(50, {.batch_size = 8});
  const auto whole = order_of(some, 1);
  for (std::int64_t k = 0; k <= some.steps(); ++k) {
    const auto skipped = std::min<std::ptrdiff_t>(8 * k, 50);
    CHECK(order_of(some, 1, k) == std::vector<std::int64_t>(whole.begin() + skipped, whole.end()));
  }
  CHECK(error_of<std::invalid_argument>([&] { some.epoch(1, 8); }) ==
        "loader: step 8, an epoch has 7");
  CHECK(error_of<std::invalid_argument>([&] { some.epoch(-1); }) ==
        "loader: epoch -1, expected 0 or more");
}

TEST_CASE("the last batch: kept, dropped, or dropped where it is a single image") {
  const auto counts = [](std::int64_t size, DropLast drop_last) {
    const DataLoader some = loader(size, {.batch_size = 8, .drop_last = drop_last});
    CHECK(static_cast<std::int64_t>(order_of(some, 0).size()) == size - some.dropped());
    return std::pair{some.steps(), some.dropped()};
  };
  using Counts = std::pair<std::int64_t, std::int64_t>;  // steps, dropped
  CHECK(counts(16, DropLast::automatic) == Counts{2, 0});
  CHECK(counts(17, DropLast::automatic) == Counts{2, 1});
  CHECK(counts(18, DropLast::automatic) == Counts{3, 0});
  CHECK(counts(23, DropLast::yes) == Counts{2, 7});
  CHECK(counts(17, DropLast::no) == Counts{3, 0});
  CHECK(counts(16, DropLast::yes) == Counts{2, 0});
  CHECK(counts(5, DropLast::automatic) == Counts{1, 0});
  CHECK(loader(3, {.batch_size = 1}).steps() == 3);  // batches of one are what was asked for
}

TEST_CASE("options that make no sense") {
  const auto error = [](std::int64_t size, LoaderOptions options) {
    return error_of<std::invalid_argument>([&] { loader(size, options); });
  };
  CHECK(error(9, {.batch_size = 0}) == "loader: batch size 0, expected at least 1");
  CHECK(error(9, {.prefetch = -1}) == "loader: prefetch -1, expected at least 0");
  const std::string one = "loader: 1 image(s) of numbered make no batch of 128; take more images";
  CHECK(error(1, {}) == one);  // kept, that one image would be refused by BatchNorm
  CHECK(error(1, {.drop_last = DropLast::yes}) == one);
  CHECK(error(9, {.batch_size = 10, .drop_last = DropLast::yes}) ==
        "loader: 9 image(s) of numbered make no batch of 10; take more images, a smaller "
        "--batch-size or --drop-last no");
}

TEST_CASE("an epoch may be left at any batch, and the sequence outlives its loader") {
  for (const int prefetch : {0, 1, 2, 3}) {
    for (int leave_after = 0; leave_after < 12; ++leave_after) {
      auto some = std::make_unique<DataLoader>(loader(80, {.batch_size = 8, .prefetch = prefetch}));
      auto batches = some->epoch(0);
      some.reset();
      int taken = 0;
      while (taken < leave_after && batches.next()) ++taken;
      CHECK(taken == std::min(leave_after, 10));
    }
  }
}

TEST_CASE("threads work ahead, but not further than asked") {
  const auto data = std::make_shared<Numbered>(1000);
  auto batches = DataLoader(data, kPlain, {.batch_size = 10, .prefetch = 2}).epoch(0);
  REQUIRE(batches.next());
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (data->made < 30 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  CHECK(data->made == 30);  // one taken, two ready
}

TEST_CASE("what fails in a thread fails at its place in the loop, for any prefetch") {
  const auto data = std::make_shared<Numbered>(40, 17);
  for (const int prefetch : {0, 1, 2, 3}) {
    int taken = 0;
    const std::string message = error_of<DataError>([&] {
      const DataLoader some(data, kPlain,
                            {.batch_size = 5, .shuffle = false, .prefetch = prefetch});
      for (const Batch& batch : some.epoch(0)) taken += static_cast<int>(batch.labels.size());
    });
    CHECK(message == "image 17 is broken");
    CHECK(taken == 15);
  }
}

TEST_CASE("the threads start no team of their own") {
  const int before = num_threads();
  set_num_threads(4);
  std::atomic<bool> alone = true;
  const auto make = [&](std::int64_t i) {
    const auto me = std::this_thread::get_id();
    parallel_for(64, 1, [&](std::int64_t, std::int64_t) {
      if (std::this_thread::get_id() != me) alone = false;
    });
    return i;
  };
  std::int64_t sum = 0;
  for (const std::int64_t i : Prefetched<std::int64_t>(make, 0, 20, 2)) sum += i;
  CHECK(sum == 190);
  CHECK(alone);
  set_num_threads(before);
}
