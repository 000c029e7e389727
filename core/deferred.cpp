#include "core/deferred.h"

#include <utility>

#include "core/autograd.h"
#include "core/tensor_impl.h"

namespace ek {

struct Deferring {
  static Tensor defer(const Shape& shape, const std::vector<Tensor>& inputs, Deferred how) {
    Tensor out;
    out.impl_ = std::make_shared<Tensor::Impl>();
    out.impl_->shape = shape;
    out.impl_->deferred = std::make_unique<Deferred>(std::move(how));
    for (const Tensor& input : inputs) {
      input.impl_->settle();
      input.impl_->storage->add_waiting(out.impl_);
    }
    return out;
  }

  static const Deferred* deferred(const Tensor& x) { return x ? x.impl_->deferred.get() : nullptr; }
};

Tensor defer(const Shape& shape, const std::vector<Tensor>& inputs, std::function<void(Tensor& out)> compute,
             std::function<Tensor()> then_relu) {
  return Deferring::defer(shape, inputs, {std::move(compute), std::move(then_relu)});
}

Tensor fused_relu(const Tensor& x) {
  const Deferred* how = Deferring::deferred(x);
  return how ? how->then_relu() : Tensor();
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
