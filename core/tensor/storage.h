// Storage: the memory behind tensors. Freed blocks are kept and handed out again, because a fresh block costs
// a page fault for every 4 KiB when it is first written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "evenkeel/core/base/real.h"

namespace ek {

/// Who has to know before values change.
struct WriteWatcher {
  virtual ~WriteWatcher() = default;
  /// The values are about to change.
  virtual void before_write() noexcept = 0;
  /// False once it need not know any more.
  virtual bool is_watching() const = 0;
};

/// A block of `count` numbers, aligned to 64 bytes, not initialised. Owned by the tensors that share it.
class Storage {
 public:
  explicit Storage(std::int64_t count);
  ~Storage();
  Storage& operator=(Storage&&) = delete;  // neither copied nor moved

  std::span<Real> values() { return {data_, count_}; }
  std::span<const Real> values() const { return {data_, count_}; }

  /// To be called before every write: tells those who watch, once.
  void before_write();
  void watch(std::weak_ptr<WriteWatcher> watcher);

  /// Rises with every write access, so that backward can tell that a saved input was changed since.
  std::uint64_t version = 0;

 private:
  std::size_t count_;
  Real* data_;
  std::vector<std::weak_ptr<WriteWatcher>> watchers_;
  std::size_t tidy_at_ = 16;  // how many may watch before those are dropped that do so no more
};

/// What the blocks amount to, in bytes: in use, kept for reuse, and the most that was ever in use.
struct MemoryUse {
  std::size_t live, cached, peak;
};
MemoryUse memory_use();

/// Gives every block that is kept for reuse back to the system.
void release_cached_memory();

}  // namespace ek
