#include "core/deferred.h"

#include <utility>

#include "core/autograd.h"
#include "core/tensor_impl.h"

namespace ek {

struct Deferring {
  static Tensor defer(const Shape& shape, const std::vector<Tensor>& inputs, Deferred how) {
    Tensor out;
    out.impl_ = std::make_shared<Tensor::Impl>(shape, nullptr);
    out.impl_->deferred = std::make_unique<Deferred>(std::move(how));
    for (const Tensor& input : inputs) {
      if (input) input.impl_->settled().add_waiting(out.impl_);
    }
    return out;
  }

  static const Deferred* deferred(const Tensor& x) { return x ? x.impl_->deferred.get() : nullptr; }
  static bool is_marked_leaf(const Tensor& x) { return x.impl_->requires_grad; }
};

Tensor defer(const Shape& shape, const std::vector<Tensor>& inputs, std::function<void(Tensor& out)> compute,
             Followers then) {
  return Deferring::defer(shape, inputs, {std::move(compute), std::move(then)});
}

Tensor fused_relu(const Tensor& x) {
  const Deferred* how = Deferring::deferred(x);
  if (!how || !how->then.relu || Deferring::is_marked_leaf(x)) return {};  // a marked leaf's gradient stops there
  if (x.requires_grad()) return how->then.relu();
  const NoGrad no_grad;  // x has no history (it may be from under a NoGrad), so relu(x) has none
  return how->then.relu();
}

Tensor fused_scale_shift(const Tensor& x, const Tensor& scale, const Tensor& shift) {
  const Deferred* how = Deferring::deferred(x);
  if (!how || !how->then.scale_shift || x.requires_grad()) return {};
  const NoGrad no_grad;
  return how->then.scale_shift(scale, shift);
}

void Tensor::Impl::settle() {
  if (!deferred) return;
  const std::unique_ptr<Deferred> how = std::move(deferred);
  Tensor values(shape);
  const NoGrad no_grad;
  how->compute(values);
  storage = values.impl_->storage;
}

}  // namespace ek
