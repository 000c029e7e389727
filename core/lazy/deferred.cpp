#include "evenkeel/core/lazy/deferred.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <utility>

#include "evenkeel/core/machine/denormals.h"
#include "evenkeel/core/machine/parallel.h"
#include "evenkeel/core/tensor/autograd.h"
#include "evenkeel/core/tensor/pending.h"
#include "evenkeel/core/tensor/storage.h"
#include "evenkeel/core/tensor/tensor_impl.h"

namespace ek {
namespace {

/// A deferred result. Several threads may be the first to read it: one of them computes it, and the
/// others wait for that.
class DeferredValues : public Pending, public WriteWatcher {
 public:
  DeferredValues(const Shape& shape, Deferred how)
      : shape_(shape),
        how_(std::make_shared<const Deferred>(std::move(how))),
        task_(running_task()) {}

  const std::shared_ptr<Storage>& values() override {
    if (progress_.load(std::memory_order_acquire) != Progress::done) read(nullptr);
    return storage_;
  }
  bool is_computed() const override {
    return progress_.load(std::memory_order_acquire) != Progress::pending;
  }

  Tensor relu(const Tensor& self) override {
    const auto how = open_to_fusion();
    if (!how || !how->relu || Inside::of(self)->requires_grad)
      return {};  // a marked leaf's gradient stops there
    if (self.requires_grad()) return how->relu();
    const NoGrad
        no_grad;  // self has no history (it may be from under a NoGrad), so its relu has none
    return how->relu();
  }
  Tensor plus(const Tensor& self, const Tensor& other) override {
    if (!other || self.shape() != other.shape()) return {};
    const bool history = grad_enabled() && (self.requires_grad() || other.requires_grad());
    const auto how = open_to_fusion();
    // Made without a history, self could not pass on a gradient to the other one.
    if (!how || !how->add || Inside::of(self)->requires_grad || self.requires_grad() != history)
      return {};
    if (history) return how->add(other);
    const NoGrad no_grad;
    return how->add(other);
  }
  bool comes_in_pieces() const override {
    const auto how = open_to_fusion();
    return how && how->pieces;
  }
  void hand_over(const Consumer& to) override {
    if (const auto how = open_to_fusion()) how->pieces(to);
  }
  Samples samples() const override {
    const auto how = open_to_fusion();
    return how ? how->samples : Samples();
  }

  /// An input is about to be written to. What the computation throws is for those who read this
  /// tensor, not for the writer. The writer may be the computation itself, where it takes the memory
  /// of an input that nobody else needs.
  void before_write() noexcept override {
    const std::lock_guard lock(mutex_);
    inputs_change_ = true;
    try {
      if (!is_computed()) compute(nullptr);
    } catch (...) {
    }
    if (is_computed()) close();
  }
  bool is_watching() const override { return progress_ != Progress::done; }

  /// Sees to it that there are values; `moments`, unless null, receives those of the rows, where the
  /// op behind the tensor can give them and the values are not there yet.
  void read(std::vector<RowMoments>* moments) {
    const bool is_maker = task_ == running_task();
    if (!is_maker && is_computed()) return;
    const std::lock_guard lock(mutex_);
    if (!is_computed()) compute(moments);
    if (is_maker && is_computed()) close();
  }

  /// How the values can be computed as a part of another op: for the task that made the tensor, until
  /// it reads them; else null. Whether others have read them makes no difference, because a fused op
  /// may round differently: results must not depend on which thread was faster.
  std::shared_ptr<const Deferred> open_to_fusion() const {
    if (!is_watching() || task_ != running_task()) return nullptr;
    const std::lock_guard lock(mutex_);
    return how_;
  }

 private:
  /// shared: another task than the maker's has had it computed.
  enum class Progress { pending, shared, done };

  // With the lock:
  void compute(std::vector<RowMoments>* moments) {
    if (failure_) std::rethrow_exception(failure_);
    const std::shared_ptr<const Deferred> way = std::exchange(how_, nullptr);
    if (!way) return;  // this thread is at it, see before_write()
    try {
      const NoGrad no_grad;
      const FlushDenormals flush;
      Tensor values(shape_);
      if (moments && way->moments) {
        way->moments(values, moments);
      } else {
        way->compute(values);
      }
      storage_ = Inside::of(values)->values();
    } catch (...) {
      failure_ = std::current_exception();
      throw;
    }
    const bool for_another = task_ != running_task() && !inputs_change_;
    if (for_another)  // not the rest: a gradient may have been computed in place of what it is made of
      how_ = std::make_shared<const Deferred>(Deferred{{}, way->relu, way->add, way->scale_shift});
    progress_.store(for_another ? Progress::shared : Progress::done, std::memory_order_release);
  }
  void close() {  // nothing more will be made of the op behind it
    how_ = nullptr;
    progress_.store(Progress::done, std::memory_order_release);
  }

  const Shape shape_;
  std::atomic<Progress> progress_ = Progress::pending;
  mutable std::recursive_mutex mutex_;   // recursive, see before_write(); guards what follows
  std::shared_ptr<Storage> storage_;     // null while pending; then it does not change any more
  std::shared_ptr<const Deferred> how_;  // null once nothing of it can be used any more
  std::exception_ptr failure_;           // what the computation threw, for all who read
  bool inputs_change_ = false;  // will the inputs be written to, so that they cannot serve again?
  const std::uint64_t task_;    // that made it: core/machine/parallel.h
};

DeferredValues* deferred(const Tensor& x) {
  return static_cast<DeferredValues*>(Inside::pending(x));
}

std::shared_ptr<const Deferred> open_to_fusion(const Tensor& x) {
  DeferredValues* const values = deferred(x);
  return values ? values->open_to_fusion() : nullptr;
}

}  // namespace

Tensor defer(const Shape& shape, const std::vector<Tensor>& inputs, Deferred how) {
  const auto values = std::make_shared<DeferredValues>(shape, std::move(how));
  for (const Tensor& input : inputs) {
    if (input) Inside::of(input)->values()->watch(values);
  }
  Tensor out;
  Inside::of(out) = std::make_shared<Tensor::Impl>(shape, values);
  return out;
}

Tensor fused_scale_shift(const Tensor& x, const Tensor& scale, const Tensor& shift) {
  const auto how = open_to_fusion(x);
  if (!how || !how->scale_shift || x.requires_grad()) return {};
  const NoGrad no_grad;
  return how->scale_shift(scale, shift);
}

std::vector<RowMoments> row_moments_of(const Tensor& x) {
  std::vector<RowMoments> rows;
  if (const auto how = open_to_fusion(x); how && how->moments) {
    rows.resize(static_cast<std::size_t>(x.dim(0) * x.dim(1)));
    deferred(x)->read(&rows);
  }
  return rows;
}

}  // namespace ek
