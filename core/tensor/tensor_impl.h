// What a Tensor handle points to. For core's own rooms only.
#pragma once

#include <memory>
#include <utility>

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/tensor/pending.h"
#include "evenkeel/core/tensor/storage.h"
#include "evenkeel/core/tensor/tensor.h"

namespace ek {

struct Tensor::Impl {
  Impl(const Shape& size, std::shared_ptr<Storage> values)
      : shape(size), storage(std::move(values)) {}
  Impl(const Shape& size, std::shared_ptr<Pending> values)
      : shape(size), pending(std::move(values)) {}

  /// The values; computed first, if they still are to be.
  const std::shared_ptr<Storage>& values() const {
    const std::shared_ptr<Storage>& found = pending ? pending->values() : storage;
    check(found != nullptr, "tensor: its values are read while they are being computed");
    return found;
  }
  bool has_values() const { return !pending || pending->is_computed(); }
  /// Can nobody else see the values? Those that are still to be computed will be its own.
  bool owns_values() const { return !has_values() || values().use_count() == 1; }

  const Shape shape;
  const std::shared_ptr<Storage> storage = {};  // null where there is `pending`
  const std::shared_ptr<Pending> pending = {};  // null for a tensor that was made with its values
  bool requires_grad = false;                   // set by the user on leaves
  Tensor grad;                                  // leaves only
  std::shared_ptr<Node> node;                   // the op that made this tensor; null for leaves
};

/// For the engine and for core/lazy.
struct Inside {
  static auto& of(auto& t) { return t.impl_; }
  /// What will compute the values of t; null where t is empty or was made with its values.
  static Pending* pending(const Tensor& t) { return t.impl_ ? t.impl_->pending.get() : nullptr; }
};

}  // namespace ek
