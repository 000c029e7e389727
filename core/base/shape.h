// Shape: the sizes of a tensor's axes, outermost first. Images are [N, C, H, W].
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <ostream>
#include <span>

#include "evenkeel/core/base/check.h"

namespace ek {

class Shape {
 public:
  static constexpr int kMaxRank = 8;

  Shape() = default;  // rank 0: a scalar, one element
  Shape(std::initializer_list<std::int64_t> sizes) : Shape(std::span(sizes)) {}
  explicit Shape(std::span<const std::int64_t> sizes) : rank_(static_cast<int>(sizes.size())) {
    check(sizes.size() <= kMaxRank, "shape: ", sizes.size(), " axes, at most ", kMaxRank,
          " are supported");
    std::copy_n(sizes.begin(), std::min<std::size_t>(sizes.size(), kMaxRank), sizes_.begin());
    std::int64_t room =
        std::numeric_limits<std::int64_t>::max() / 16;  // so that sizes in bytes cannot overflow
    for (std::int64_t size : sizes)
      check(size >= 0, "shape: sizes must not be negative, found ", *this);
    for (std::int64_t size : sizes) {
      check(size <= room, "shape: too many elements in ", *this);
      room /= std::max<std::int64_t>(size, 1);  // an empty axis leaves the products of the others
    }
  }

  int rank() const { return rank_; }
  /// Size of an axis; negative axes count from the end: shape[-1] is the last. Throws where there is none.
  std::int64_t operator[](int axis) const { return sizes_[static_cast<std::size_t>(index(axis))]; }
  /// `axis` as a number in [0, rank). Throws std::invalid_argument where there is no such axis.
  int index(int axis) const {
    const int i = axis < 0 ? axis + rank_ : axis;
    check(i >= 0 && i < rank_, "shape: no axis ", axis, " in ", *this);
    return i;
  }
  std::int64_t numel() const { return product(0, rank_); }
  std::span<const std::int64_t> sizes() const {
    return {sizes_.data(), static_cast<std::size_t>(rank_)};
  }
  /// The product of the sizes of axes begin, ..., end - 1.
  std::int64_t product(int begin, int end) const {
    std::int64_t n = 1;
    for (int i = begin; i < end; ++i) n *= sizes_[static_cast<std::size_t>(i)];
    return n;
  }
  /// This shape with the size of one axis replaced.
  Shape with(int axis, std::int64_t size) const {
    std::array<std::int64_t, kMaxRank> other = sizes_;
    other[static_cast<std::size_t>(index(axis))] = size;
    return Shape(std::span<const std::int64_t>(other.data(), static_cast<std::size_t>(rank_)));
  }

  bool operator==(const Shape&) const = default;
  /// Prints [128, 64, 32, 32].
  friend std::ostream& operator<<(std::ostream& out, const Shape& shape) {
    return out << '[' << joined(shape.sizes()) << ']';
  }

 private:
  int rank_ = 0;
  std::array<std::int64_t, kMaxRank> sizes_{};
};

/// A shape seen from one axis: [outer, size, inner], with outer and inner the products of the axes around it.
struct AxisView {
  std::int64_t outer, size, inner;
};
inline AxisView axis_view(const Shape& shape, int axis) {
  const int i = shape.index(axis);
  return {shape.product(0, i), shape[i], shape.product(i + 1, shape.rank())};
}

}  // namespace ek
