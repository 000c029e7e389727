#include "core/cat.h"

#include <algorithm>

#include "core/autograd.h"
#include "core/check.h"
#include "core/parallel.h"
#include "core/profile.h"

namespace ek {
namespace {

/// Where a part stands in the joined tensor, seen as [outer, stride]: values at, ..., at + run - 1 of each row.
struct Place {
  std::int64_t outer, stride, at, run;
};

/// Calls body(first value of the part's row, first value of its place in the joined tensor).
template <typename Body>
void for_each_row(const Place& p, Body body) {
  const std::int64_t grain = std::max<std::int64_t>(1, kElementGrain / std::max<std::int64_t>(1, p.run));
  parallel_for(p.outer, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) body(row * p.run, row * p.stride + p.at);
  });
}

std::vector<Place> places(const std::vector<Tensor>& parts, int axis, const Shape& joined) {
  const AxisView all = axis_view(joined, axis);
  std::vector<Place> result;
  std::int64_t at = 0;
  for (const Tensor& part : parts) {
    const std::int64_t run = part.dim(axis) * all.inner;
    result.push_back({all.outer, all.size * all.inner, at, run});
    at += run;
  }
  return result;
}

Shape joined_shape(const std::vector<Tensor>& parts, int axis) {
  check(!parts.empty(), "cat: expected at least one tensor");
  const Shape& first = parts[0].shape();
  std::int64_t size = 0;
  for (const Tensor& part : parts) {
    const Shape& shape = part.shape();
    check(shape.rank() == first.rank() && shape.with(axis, first[axis]) == first, "cat: sizes other than that of axis ",
          axis, " must be equal, got ", first, " and ", shape);
    size += shape[axis];
  }
  return first.with(axis, size);
}

}  // namespace

/// y = [x1 x2 ...]         dxi = dy at the place of xi
Tensor cat(const std::vector<Tensor>& parts, int axis) {
  Tensor y(joined_shape(parts, axis));
  const ProfileScope scope("cat", y.shape());
  profile_count(0, 2 * y.numel());
  const std::vector<Place> where = places(parts, axis, y.shape());
  std::vector<Shape> shapes;
  std::vector<bool> needed;
  Real* out = y.mutable_data().data();
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const Real* in = parts[i].data().data();
    for_each_row(where[i], [&](auto row, auto place) { std::copy_n(in + row, where[i].run, out + place); });
    shapes.push_back(parts[i].shape());
    needed.push_back(parts[i].requires_grad());
  }
  return record("cat", y, parts, [where, shapes, needed](const Tensor& dy) -> Gradients {
    profile_count(0, 2 * dy.numel());
    Gradients gradients(shapes.size());
    const Real* from = dy.data().data();
    for (std::size_t i = 0; i < shapes.size(); ++i) {
      if (!needed[i]) continue;
      gradients[i] = Tensor(shapes[i]);
      Real* dx = gradients[i].mutable_data().data();
      for_each_row(where[i], [&](auto row, auto place) { std::copy_n(from + place, where[i].run, dx + row); });
    }
    return gradients;
  });
}

}  // namespace ek
