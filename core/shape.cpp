#include "core/shape.h"

#include <algorithm>
#include <limits>

#include "core/check.h"

namespace ek {

Shape::Shape(std::span<const std::int64_t> sizes) : rank_(static_cast<int>(sizes.size())) {
  check(sizes.size() <= kMaxRank, "shape: ", sizes.size(), " axes, at most ", kMaxRank, " are supported");
  std::ranges::copy(sizes, sizes_.begin());
  std::int64_t room = std::numeric_limits<std::int64_t>::max() / 16;  // so that sizes in bytes cannot overflow
  for (std::int64_t size : sizes) check(size >= 0, "shape: sizes must not be negative, found ", *this);
  if (std::ranges::count(sizes, 0) > 0) return;
  for (std::int64_t size : sizes) {
    check(size <= room, "shape: too many elements in ", *this);
    room /= size;
  }
}

int Shape::index(int axis) const {
  const int i = axis < 0 ? axis + rank_ : axis;
  check(i >= 0 && i < rank_, "shape: no axis ", axis, " in ", *this);
  return i;
}

std::ostream& operator<<(std::ostream& out, const Shape& shape) { return out << '[' << joined(shape.sizes()) << ']'; }

}  // namespace ek
