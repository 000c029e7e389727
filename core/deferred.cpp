#include "core/deferred.h"

#include <utility>

#include "core/denormals.h"
#include "core/op.h"
#include "core/tensor_impl.h"

namespace ek {

namespace {

/// How x is computed, while it can become part of another op; see Tensor::Impl.
std::shared_ptr<const Deferred> open_to_fusion(const Tensor& x) {
  return x ? Inside::of(x)->open_to_fusion() : nullptr;
}

}  // namespace

Tensor defer(const Shape& shape, const std::vector<Tensor>& inputs, Deferred how) {
  Tensor out;
  auto& impl = Inside::of(out);
  impl = std::make_shared<Tensor::Impl>(shape, std::move(how));
  for (const Tensor& input : inputs)
    if (input) Inside::of(input)->settled()->add_waiting(impl);
  return out;
}

Tensor fused_relu(const Tensor& x) {
  const auto how = open_to_fusion(x);
  if (!how || !how->relu || Inside::of(x)->requires_grad) return {};  // a marked leaf's gradient stops there
  if (x.requires_grad()) return how->relu();
  const NoGrad no_grad;  // x has no history (it may be from under a NoGrad), so relu(x) has none
  return how->relu();
}

Tensor fused_add(const Tensor& a, const Tensor& b) {
  if (!a || !b || a.shape() != b.shape()) return {};
  const bool history = grad_enabled() && (a.requires_grad() || b.requires_grad());
  for (const auto& [x, other] : {std::pair(a, b), std::pair(b, a)}) {
    const auto how = open_to_fusion(x);
    // Made without a history, x could not pass on a gradient to the other one.
    if (!how || !how->add || Inside::of(x)->requires_grad || x.requires_grad() != history) continue;
    if (history) return how->add(other);
    const NoGrad no_grad;
    return how->add(other);
  }
  return {};
}

Tensor fused_scale_shift(const Tensor& x, const Tensor& scale, const Tensor& shift) {
  const auto how = open_to_fusion(x);
  if (!how || !how->scale_shift || x.requires_grad()) return {};
  const NoGrad no_grad;
  return how->scale_shift(scale, shift);
}

Samples samples_of(const Tensor& x) {
  const auto how = open_to_fusion(x);
  return how && !x.requires_grad() ? how->samples : Samples();
}

std::vector<RowMoments> row_moments_of(const Tensor& x) {
  std::vector<RowMoments> rows;
  if (const auto how = open_to_fusion(x); how && how->moments) {
    rows.resize(static_cast<std::size_t>(x.dim(0) * x.dim(1)));
    Inside::of(x)->read(&rows);
  }
  return rows;
}

void consume(const Tensor& x, const Consumer& by) {
  if (const auto how = open_to_fusion(x); how && how->pieces) return how->pieces(by);
  const ProfileScope scope(by.op, x.shape(), (1 + 2 * std::ssize(by.beside)) * x.numel());
  const Real* values = x.data().data();
  parallel_for(x.numel(), kElementGrain, [&](std::int64_t i, std::int64_t end) { by.take(i, end - i, values + i); });
}

Later::Later(Deferred way) : how(std::make_shared<const Deferred>(std::move(way))), task(running_task()) {}

void Tensor::Impl::read(std::vector<RowMoments>* moments) {
  const bool maker = later->task == running_task();
  if (!maker && !pending()) return;
  const std::lock_guard lock(later->mutex);
  if (pending()) compute(moments);
  if (maker && !pending()) close();
}

void Tensor::Impl::compute(std::vector<RowMoments>* moments) {
  if (later->failure) std::rethrow_exception(later->failure);
  const std::shared_ptr<const Deferred> way = std::exchange(later->how, nullptr);
  if (!way) return;  // this thread is at it, see settle()
  try {
    const NoGrad no_grad;
    const FlushDenormals flush;
    Tensor values(shape);
    if (moments && way->moments)
      way->moments(values, moments);
    else
      way->compute(values);
    storage = Inside::of(values)->settled();
  } catch (...) {
    later->failure = std::current_exception();
    throw;
  }
  const bool for_another = later->task != running_task() && !later->inputs_change;
  if (for_another)  // not the rest: a gradient may have been computed in place of what it is made of
    later->how = std::make_shared<const Deferred>(Deferred{{}, way->relu, way->add, way->scale_shift});
  progress.store(for_another ? Progress::shared : Progress::done, std::memory_order_release);
}

void Tensor::Impl::close() {
  later->how = nullptr;
  progress.store(Progress::done, std::memory_order_release);
}

std::shared_ptr<const Deferred> Tensor::Impl::open_to_fusion() const {
  if (!waits() || later->task != running_task()) return nullptr;
  const std::lock_guard lock(later->mutex);
  return later->how;
}

/// An input is about to be written to. What the computation throws is for those who read this tensor, not for the writer.
/// The writer may be the computation itself, where it takes the memory of an input that nobody else needs.
void Tensor::Impl::settle() noexcept {
  const std::lock_guard lock(later->mutex);
  later->inputs_change = true;
  try {
    if (pending()) compute(nullptr);
  } catch (...) {
  }
  if (!pending()) close();
}

}  // namespace ek
