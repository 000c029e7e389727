#include "core/deferred.h"

#include "core/op.h"
#include "core/tensor_impl.h"

namespace ek {

Tensor defer(const Shape& shape, const std::vector<Tensor>& inputs, Deferred how) {
  Tensor out;
  auto& impl = Inside::of(out);
  impl = std::make_shared<Tensor::Impl>(shape, nullptr);
  impl->deferred = std::make_unique<Deferred>(std::move(how));
  for (const Tensor& input : inputs)
    if (input) Inside::of(input)->settled()->add_waiting(impl);
  return out;
}

Tensor fused_relu(const Tensor& x) {
  const Deferred* how = x ? Inside::of(x)->deferred.get() : nullptr;
  if (!how || !how->relu || Inside::of(x)->requires_grad) return {};  // a marked leaf's gradient stops there
  if (x.requires_grad()) return how->relu();
  const NoGrad no_grad;  // x has no history (it may be from under a NoGrad), so relu(x) has none
  return how->relu();
}

Tensor fused_add(const Tensor& a, const Tensor& b) {
  if (!a || !b || a.shape() != b.shape()) return {};
  const bool history = grad_enabled() && (a.requires_grad() || b.requires_grad());
  for (const auto& [x, other] : {std::pair(a, b), std::pair(b, a)}) {
    const Deferred* how = Inside::of(x)->deferred.get();
    // Made without a history, x could not pass on a gradient to the other one.
    if (!how || !how->add || Inside::of(x)->requires_grad || x.requires_grad() != history) continue;
    const auto add = how->add;  // a copy: `other` may be x itself, whose own is gone once it is computed
    if (history) return add(other);
    const NoGrad no_grad;
    return add(other);
  }
  return {};
}

Tensor fused_scale_shift(const Tensor& x, const Tensor& scale, const Tensor& shift) {
  const Deferred* how = x ? Inside::of(x)->deferred.get() : nullptr;
  if (!how || !how->scale_shift || x.requires_grad()) return {};
  const NoGrad no_grad;
  return how->scale_shift(scale, shift);
}

Samples samples_of(const Tensor& x) {
  const Deferred* how = Inside::of(x)->deferred.get();
  return how && !x.requires_grad() ? how->samples : Samples();
}

std::vector<RowMoments> row_moments_of(const Tensor& x) {
  std::vector<RowMoments> rows;
  Deferred* how = Inside::of(x)->deferred.get();
  if (how && how->moments) {
    rows.resize(static_cast<std::size_t>(x.dim(0) * x.dim(1)));
    how->compute = [&rows, moments = how->moments](Tensor& out) { moments(out, &rows); };
    Inside::of(x)->settle();
  }
  return rows;
}

void consume(const Tensor& x, const Consumer& by) {
  const Deferred* how = Inside::of(x)->deferred.get();
  if (how && how->pieces) return how->pieces(by);
  const ProfileScope scope(by.op, x.shape(), (1 + 2 * std::ssize(by.beside)) * x.numel());
  const Real* values = x.data().data();
  parallel_for(x.numel(), kElementGrain, [&](std::int64_t i, std::int64_t end) { by.take(i, end - i, values + i); });
}

void Tensor::Impl::settle() {
  if (!deferred) return;
  const std::unique_ptr<Deferred> how = std::move(deferred);
  Tensor values(shape);
  const NoGrad no_grad;
  how->compute(values);
  storage = Inside::of(values)->storage;
}

}  // namespace ek
