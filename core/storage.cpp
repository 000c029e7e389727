#include "core/storage.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <mutex>
#include <new>
#include <utility>

namespace ek {
namespace {

constexpr std::size_t kAlignment = 64;
constexpr std::size_t kHugePage = std::size_t{2} << 20;

// Freed blocks by size. A request takes the smallest block that fits and is not more than an eighth too
// large. Blocks in use and kept together are never more than one and a half times the most that was ever
// in use: the cache removes page faults but costs no more memory than that.
class BlockCache {
 public:
  void* take(std::size_t bytes, std::size_t& granted) {
    std::lock_guard lock(mutex_);
    auto fitting = free_.lower_bound(bytes);
    if (fitting == free_.end() || fitting->first > bytes + bytes / 8) {
      const std::size_t peak = std::max(peak_, live_ + bytes);
      shrink_to(peak + peak / 2 - live_ - bytes);
      const bool huge = bytes >= kHugePage;  // one page fault for 2 MiB instead of 512
      void* fresh = std::aligned_alloc(huge ? kHugePage : kAlignment, bytes);
      if (!fresh) throw std::bad_alloc();
      if (huge) madvise(fresh, bytes, MADV_HUGEPAGE);
      fitting = free_.emplace(bytes, fresh);
      cached_ += bytes;
    }
    const auto block =
        free_.extract(std::prev(free_.upper_bound(fitting->first)));  // the last one freed: still in the cache
    granted = block.key();
    cached_ -= granted;
    live_ += granted;
    peak_ = std::max(peak_, live_);
    return block.mapped();
  }

  void give_back(void* block, std::size_t bytes) {
    std::lock_guard lock(mutex_);
    live_ -= bytes;
    cached_ += bytes;
    free_.emplace(bytes, block);
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
  /// Drops the largest blocks until those that are left have so many bytes in all.
  void shrink_to(std::size_t bytes) {
    while (cached_ > bytes) {
      const auto block = free_.extract(std::prev(free_.end()));
      cached_ -= block.key();
      std::free(block.mapped());
    }
  }

  std::mutex mutex_;
  std::multimap<std::size_t, void*> free_;
  std::size_t live_ = 0, cached_ = 0, peak_ = 0;
};

BlockCache& cache() {
  static BlockCache* instance = new BlockCache;  // never destroyed: static tensors may outlive it
  return *instance;
}

// Guards every waiting_: threads that only read may share a tensor, and reading can make others wait for it.
std::mutex waiting_mutex;

std::size_t round_up(std::size_t bytes) {
  const std::size_t unit = bytes >= kHugePage ? kHugePage : kAlignment;
  return std::max(unit, (bytes + unit - 1) / unit * unit);
}

}  // namespace

Storage::Storage(std::int64_t count) : count_(static_cast<std::size_t>(count)) {
  data_ = static_cast<Real*>(cache().take(round_up(count_ * sizeof(Real)), granted_));
}

Storage::~Storage() { cache().give_back(data_, granted_); }

void Storage::before_write() {
  ++version;
  std::unique_lock lock(waiting_mutex);
  const auto waiting = std::exchange(waiting_, {});
  lock.unlock();
  for (const auto& tensor : waiting)
    if (const auto alive = tensor.lock()) alive->settle();
}

void Storage::add_waiting(std::weak_ptr<Waiting> tensor) {
  const std::lock_guard lock(waiting_mutex);
  std::erase_if(waiting_, [](const auto& t) { return t.expired(); });
  waiting_.push_back(std::move(tensor));
}

MemoryUse memory_use() { return cache().use(); }

void release_cached_memory() { cache().clear(); }

}  // namespace ek
