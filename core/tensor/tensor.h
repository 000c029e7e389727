// Tensor: a handle on dense numbers in row-major order (images in NCHW), with the history that backward()
// needs.
#pragma once

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <ostream>
#include <span>
#include <utility>

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/base/shape.h"

namespace ek {

struct Node;

/// Copying a Tensor makes another handle on the same values; clone() copies the values.
/// There are no strides: reshape shares the values, everything else writes new ones.
/// Several threads may read a tensor at once, whatever is still to be computed of it, and so run one model in eval() on
/// shared inputs; writing, and a backward() to the same leaves, is for one thread at a time.
class Tensor {
 public:
  struct Impl;                   // core/tensor/tensor_impl.h
  Tensor() = default;            // "no tensor": converts to false
  explicit Tensor(Shape shape);  // values are not set
  static Tensor full(Shape shape, Real value) {
    Tensor t(shape);
    t.fill(value);
    return t;
  }
  static Tensor zeros(Shape shape) { return full(shape, 0); }
  /// Throws std::invalid_argument unless values.size() is the shape's number of elements.
  static Tensor from(Shape shape, std::span<const Real> values) {
    check(std::ssize(values) == shape.numel(), "Tensor::from: ", values.size(),
          " values for shape ", shape);
    Tensor t(shape);
    std::ranges::copy(values, t.mutable_data().begin());
    return t;
  }
  static Tensor from(Shape shape, std::initializer_list<Real> values) {
    return from(shape, std::span(values));
  }

  explicit operator bool() const { return impl_ != nullptr; }
  const Shape& shape() const;
  std::int64_t dim(int axis) const { return shape()[axis]; }  // dim(-1) is the last
  int rank() const { return shape().rank(); }
  std::int64_t numel() const { return shape().numel(); }

  std::span<const Real> data() const;
  /// The only way to write. Values that a later backward() still needs must not be changed: backward()
  /// checks. Ask for the span anew once an op or backward() has run: the call is what is checked.
  std::span<Real> mutable_data();
  /// Writes one value into all elements.
  void fill(Real value) { std::ranges::fill(mutable_data(), value); }
  /// The value of a one-element tensor.
  Real item() const {
    check(numel() == 1, "item: expected one element, got shape ", shape());
    return data()[0];
  }

  Tensor clone() const { return from(shape(), data()); }
  /// The same values (shared) without history.
  Tensor detach() const { return view(shape()); }
  /// The same values (shared) in another shape, without history; ek::reshape is the differentiable op.
  Tensor view(Shape to) const;
  /// True if both handles share their values.
  bool aliases(const Tensor& other) const;

  bool requires_grad() const;
  /// Marks a leaf as one whose gradient is wanted (or not). Returns *this.
  Tensor& requires_grad(bool on);
  /// The gradient that backward() has added up in this leaf; empty before that.
  const Tensor& grad() const;
  /// Replaces the gradient, or removes it (an empty tensor).
  void set_grad(Tensor grad);
  void zero_grad() { set_grad({}); }
  /// Adds d(this)/d(leaf) to the gradient of every leaf that requires one. REQUIRES: one element.
  void backward() const;

 private:
  Impl& impl() const;  // throws for an empty handle
  std::shared_ptr<Impl> impl_;
  friend struct Inside;
};

/// Prints the shape and the values, at most eight of them.
std::ostream& operator<<(std::ostream& out, const Tensor& tensor);

}  // namespace ek
