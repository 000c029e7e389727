#include "evenkeel/core/tensor/tensor.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <ostream>
#include <span>
#include <utility>

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/tensor/storage.h"
#include "evenkeel/core/tensor/tensor_impl.h"

namespace ek {

Tensor::Tensor(Shape shape)
    : impl_(std::make_shared<Impl>(shape, std::make_shared<Storage>(shape.numel()))) {}

Tensor::Impl& Tensor::impl() const {
  check(impl_ != nullptr, "tensor: this handle is empty");
  return *impl_;
}

const Shape& Tensor::shape() const { return impl().shape; }

std::span<const Real> Tensor::data() const { return std::as_const(*impl().values()).values(); }

std::span<Real> Tensor::mutable_data() {
  const std::shared_ptr<Storage>& storage = impl().values();
  storage->before_write();
  return storage->values();
}

Tensor Tensor::view(Shape to) const {
  check(to.numel() == numel(), "reshape: ", shape(), " has ", numel(), " elements, ", to, " has ",
        to.numel());
  Tensor t;
  t.impl_ = std::make_shared<Impl>(to, impl_->values());
  return t;
}

bool Tensor::aliases(const Tensor& other) const {
  if (!impl_ || !other.impl_) return false;
  if (!impl_->has_values() || !other.impl_->has_values()) return impl_ == other.impl_;
  return impl_->values() == other.impl_->values();
}

bool Tensor::requires_grad() const { return impl_ && (impl_->requires_grad || impl_->node); }

Tensor& Tensor::requires_grad(bool on) {
  check(impl_ && !impl_->node, "requires_grad: only a tensor that no op has made can be marked");
  impl_->requires_grad = on;
  return *this;
}

const Tensor& Tensor::grad() const { return impl().grad; }

void Tensor::set_grad(Tensor grad) {
  check(!grad || grad.shape() == shape(), "set_grad: gradient of another shape than ", shape());
  impl_->grad = std::move(grad);
}

std::ostream& operator<<(std::ostream& out, const Tensor& tensor) {
  if (!tensor) return out << "Tensor()";
  out << "Tensor" << tensor.shape() << " {";
  const auto values = tensor.data();
  const std::size_t shown = std::min<std::size_t>(values.size(), 8);
  for (std::size_t i = 0; i < shown; ++i) out << (i ? ", " : "") << values[i];
  return out << (shown < values.size() ? ", ...}" : "}");
}

}  // namespace ek
