// What a Tensor handle points to. For core/tensor.cpp, core/deferred.cpp and core/autograd.cpp only.
#pragma once

#include <atomic>
#include <exception>
#include <memory>
#include <mutex>
#include <vector>

#include "core/deferred.h"
#include "core/storage.h"

namespace ek {

/// What a deferred tensor has besides its values. Several threads may be the first to read it: one of them computes it,
/// and the others wait for that.
struct Later {
  explicit Later(Deferred way);

  std::recursive_mutex mutex;           // recursive, see Tensor::Impl::settle(); guards what follows
  std::shared_ptr<const Deferred> how;  // null once nothing of it can be used any more
  std::exception_ptr failure;           // what the computation threw, for all who read
  bool inputs_change = false;           // will the inputs be written to, so that they cannot serve again?
  const std::uint64_t task;             // that made it: core/parallel.h
};

/// How far a deferred tensor is. shared: another task than its maker's has had it computed.
enum class Progress { pending, shared, done };

struct Tensor::Impl : Waiting {
  Impl(const Shape& size, std::shared_ptr<Storage> values) : shape(size), storage(std::move(values)) {}
  Impl(const Shape& size, Deferred how)
      : shape(size), progress(Progress::pending), later(std::make_unique<Later>(std::move(how))) {}

  Shape shape;
  std::shared_ptr<Storage> storage;  // null while pending
  std::atomic<Progress> progress = Progress::done;
  const std::unique_ptr<Later> later = {};  // null for a tensor that was made with its values
  bool requires_grad = false;               // set by the user on leaves
  Tensor grad;                              // leaves only
  std::shared_ptr<Node> node;               // the op that made this tensor; null for leaves

  bool pending() const { return progress.load(std::memory_order_acquire) == Progress::pending; }
  /// The values, computed if they still are to be. Throws what the computation threw, the first time and ever after.
  const std::shared_ptr<Storage>& settled() {
    if (progress.load(std::memory_order_acquire) != Progress::done) read(nullptr);
    check(storage != nullptr, "tensor: its values are read while they are being computed");
    return storage;
  }
  /// Sees to it that there are values; `moments`, unless null, receives those of the rows, where the op behind the tensor
  /// can give them and the values are not there yet.
  void read(std::vector<RowMoments>* moments);

  /// How the values can be computed as a part of another op: for the task that made the tensor, until it reads them; else
  /// null. Whether others have read them makes no difference, because a fused op may round differently: results must not
  /// depend on which thread was faster.
  std::shared_ptr<const Deferred> open_to_fusion() const;

  void settle() noexcept override;
  bool waits() const override { return progress != Progress::done; }

 private:
  // With the lock of `later`:
  void compute(std::vector<RowMoments>* moments);
  void close();  // nothing more will be made of the op behind it
};

/// For the engine and for deferred results.
struct Inside {
  static auto& of(auto& t) { return t.impl_; }
};

}  // namespace ek
