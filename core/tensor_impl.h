// What a Tensor handle points to. For core/tensor.cpp, core/deferred.cpp and core/autograd.cpp only.
#pragma once

#include "core/deferred.h"
#include "core/storage.h"

namespace ek {

struct Tensor::Impl : Waiting {
  Impl(const Shape& size, std::shared_ptr<Storage> values) : shape(size), storage(std::move(values)) {}
  Shape shape;
  std::shared_ptr<Storage> storage;    // null while deferred
  std::unique_ptr<Deferred> deferred;  // null once computed
  bool requires_grad = false;          // set by the user on leaves
  Tensor grad;                         // leaves only
  std::shared_ptr<Node> node;          // the op that made this tensor; null for leaves

  /// Computes the values if they are still to be computed.
  void settle() override;
  /// The computed values.
  const std::shared_ptr<Storage>& settled() {
    settle();
    check(storage != nullptr, "tensor: its values could not be computed");  // what went wrong was thrown then
    return storage;
  }
};

/// For the engine and for deferred results.
struct Inside {
  static auto& of(auto& t) { return t.impl_; }
};

}  // namespace ek
