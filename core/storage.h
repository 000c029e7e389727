// Storage: the memory behind tensors. Freed blocks are kept and handed out again, because a fresh block costs
// a page fault for every 4 KiB when it is first written.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/real.h"

namespace ek {

/// A tensor that waits to be computed from values which must not change until then (core/deferred.h).
struct Waiting {
  virtual ~Waiting() = default;
  /// Computes it: the values are about to change.
  virtual void settle() noexcept = 0;
  /// False once it needs the values no more.
  virtual bool waits() const = 0;
};

/// A block of `count` numbers, aligned to 64 bytes, not initialised. Owned by the tensors that share it.
class Storage {
 public:
  explicit Storage(std::int64_t count);
  ~Storage();
  Storage& operator=(Storage&&) = delete;  // neither copied nor moved

  std::span<Real> values() { return {data_, count_}; }
  std::span<const Real> values() const { return {data_, count_}; }

  /// To be called before every write: computes what waits for these values.
  void before_write();
  void add_waiting(std::weak_ptr<Waiting> tensor);

  /// Rises with every write access, so that backward can tell that a saved input was changed since.
  std::uint64_t version = 0;

 private:
  std::size_t count_;
  Real* data_;
  std::vector<std::weak_ptr<Waiting>> waiting_;
  std::size_t tidy_at_ = 16;  // how many may wait before those are dropped that do so no more
};

/// What the blocks amount to, in bytes: in use, kept for reuse, and the most that was ever in use.
struct MemoryUse {
  std::size_t live, cached, peak;
};
MemoryUse memory_use();

/// Gives every block that is kept for reuse back to the system.
void release_cached_memory();

}  // namespace ek
