#include "evenkeel/core/tensor/storage.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <limits>
#include <list>
#include <map>
#include <mutex>
#include <new>
#include <utility>

#include "evenkeel/core/base/check.h"

namespace ek {
namespace {

constexpr std::size_t kAlignment = 64;
constexpr std::size_t kHugePage = std::size_t{2} << 20;

struct Block {
  void* memory;
  std::size_t bytes;
};

// Freed blocks; a request takes one of its size. Blocks in use and kept together are never more than one and a half
// times the most that was ever in use: the cache removes page faults but costs no more memory than that. What was freed
// first goes first, or blocks of sizes that nobody asks for any more would take the room of those that are asked for.
class BlockCache {
 public:
  void* take(std::size_t bytes) {
    std::lock_guard lock(mutex_);
    auto& same = by_size_[bytes];
    if (same.empty()) {
      const std::size_t peak = std::max(peak_, live_ + bytes);
      shrink_to(peak + peak / 2 - live_ - bytes);
      const bool huge = bytes >= kHugePage;  // one page fault for 2 MiB instead of 512
      void* fresh = std::aligned_alloc(huge ? kHugePage : kAlignment, bytes);
      if (!fresh) throw std::bad_alloc();
      if (huge) madvise(fresh, bytes, MADV_HUGEPAGE);
      live_ += bytes;
      peak_ = peak;
      return fresh;
    }
    void* memory = same.back()->memory;  // the last one freed: it is still in the processor's cache
    free_.erase(same.back());
    same.pop_back();
    cached_ -= bytes;
    live_ += bytes;
    peak_ = std::max(peak_, live_);
    return memory;
  }

  void give_back(const Block& block) {
    std::lock_guard lock(mutex_);
    by_size_[block.bytes].push_back(free_.insert(free_.end(), block));
    live_ -= block.bytes;
    cached_ += block.bytes;
  }

  void clear() {
    std::lock_guard lock(mutex_);
    shrink_to(0);
  }

  MemoryUse use() {
    std::lock_guard lock(mutex_);
    return {live_, cached_, peak_};
  }

 private:
  /// Drops the blocks that were freed first until those that are left have so many bytes in all.
  void shrink_to(std::size_t bytes) {
    for (; cached_ > bytes; free_.pop_front()) {
      cached_ -= free_.front().bytes;
      by_size_[free_.front().bytes].pop_front();
      std::free(free_.front().memory);
    }
  }

  std::mutex mutex_;
  std::list<Block> free_;  // in the order in which they were freed
  std::map<std::size_t, std::list<std::list<Block>::iterator>>
      by_size_;  // those of each size, in the same order
  std::size_t live_ = 0, cached_ = 0, peak_ = 0;
};

BlockCache& cache() {
  static BlockCache* instance = new BlockCache;  // never destroyed: static tensors may outlive it
  return *instance;
}

// Guards every watchers_: threads that only read may share a tensor, and reading can make others watch it.
std::mutex watchers_mutex;

std::size_t bytes_of(std::size_t count) {
  const std::size_t bytes = count * sizeof(Real),
                    unit = bytes >= kHugePage ? kHugePage : kAlignment;
  return std::max(unit, (bytes + unit - 1) / unit * unit);
}

std::size_t checked_count(std::int64_t count) {
  check(count >= 0 && count <= std::numeric_limits<std::int64_t>::max() / 16,
        "storage: no room for ", count, " numbers");
  return static_cast<std::size_t>(count);
}

}  // namespace

Storage::Storage(std::int64_t count)
    : count_(checked_count(count)), data_(static_cast<Real*>(cache().take(bytes_of(count_)))) {}

Storage::~Storage() { cache().give_back({data_, bytes_of(count_)}); }

void Storage::before_write() {
  ++version;
  std::unique_lock lock(watchers_mutex);
  const auto watchers = std::exchange(watchers_, {});
  tidy_at_ = 16;
  lock.unlock();
  for (const auto& watcher : watchers) {
    if (const auto alive = watcher.lock()) alive->before_write();
  }
}

// The list is tidied when it has doubled, so that a weight that is used n times costs n and not n^2.
void Storage::watch(std::weak_ptr<WriteWatcher> watcher) {
  std::vector<std::shared_ptr<WriteWatcher>>
      seen;  // let go after the lock: one may be the last handle
  const std::lock_guard lock(watchers_mutex);
  if (watchers_.size() >= tidy_at_) {
    std::erase_if(watchers_, [&](const auto& w) {
      seen.push_back(w.lock());
      return !seen.back() || !seen.back()->is_watching();
    });
    tidy_at_ = std::max<std::size_t>(16, 2 * watchers_.size());
  }
  watchers_.push_back(std::move(watcher));
}

MemoryUse memory_use() { return cache().use(); }

void release_cached_memory() { cache().clear(); }

}  // namespace ek
