#include "core/cat.h"

#include <algorithm>

#include "core/autograd.h"
#include "core/check.h"
#include "core/parallel.h"
#include "core/profile.h"

namespace ek {
namespace {

/// Copies rows of `run` values; the strides are from row to row.
void copy_rows(std::int64_t rows, std::int64_t run, const Real* from, std::int64_t from_stride, Real* to,
               std::int64_t to_stride) {
  const std::int64_t grain = std::max<std::int64_t>(1, kElementGrain / std::max<std::int64_t>(1, run));
  parallel_for(rows, grain, [=](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) std::copy_n(from + row * from_stride, run, to + row * to_stride);
  });
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

/// y = [x1 x2 ...]         dxi = dy at the place of xi. Seen from the axis, a row of y [outer, stride] has a run of each x.
Tensor cat(const std::vector<Tensor>& parts, int axis) {
  Tensor y(joined_shape(parts, axis));
  const ProfileScope scope("cat", y.shape());
  profile_count(0, 2 * y.numel());
  const AxisView view = axis_view(y.shape(), axis);
  const std::int64_t stride = view.size * view.inner;
  std::vector<Shape> shapes;
  std::vector<bool> needed;
  Real* out = y.mutable_data().data();
  for (const Tensor& x : parts) {
    const std::int64_t run = x.dim(axis) * view.inner;
    copy_rows(view.outer, run, x.data().data(), run, out, stride);
    out += run;
    shapes.push_back(x.shape());
    needed.push_back(x.requires_grad());
  }
  return record("cat", y, parts, [shapes, needed, axis, view, stride](const Tensor& dy) -> Gradients {
    Gradients dx(shapes.size());
    profile_count(0, 2 * dy.numel());
    const Real* from = dy.data().data();
    for (std::size_t i = 0; i < shapes.size(); ++i) {
      const std::int64_t run = shapes[i][axis] * view.inner;
      if (needed[i]) dx[i] = Tensor(shapes[i]);
      if (needed[i]) copy_rows(view.outer, run, from, stride, dx[i].mutable_data().data(), run);
      from += run;
    }
    return dx;
  });
}

}  // namespace ek
