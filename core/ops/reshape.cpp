#include "evenkeel/core/ops/reshape.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/base/checked.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/machine/parallel.h"
#include "evenkeel/core/machine/profile.h"
#include "evenkeel/core/tensor/autograd.h"
#include "evenkeel/core/tensor/op.h"

namespace ek {
namespace {

/// Copies rows of `run` values; the strides are from row to row.
void copy_rows(std::int64_t rows, std::int64_t run, const Real* from, std::int64_t from_stride,
               Real* to, std::int64_t to_stride) {
  parallel_each(rows, kElementGrain / (run + 1) + 1, [=](std::int64_t row) {
    std::copy_n(from + row * from_stride, run, to + row * to_stride);
  });
}

}  // namespace

Tensor reshape(const Tensor& x, const Shape& shape) {
  const ProfileScope scope("reshape", shape);
  return record("reshape", x.view(shape), {x},
                [before = x.shape()](const Tensor& dy) -> Gradients { return {dy.view(before)}; });
}

Tensor reshape(const Tensor& x, std::initializer_list<std::int64_t> sizes) {
  std::vector<std::int64_t> filled(sizes);
  check(std::ranges::count(filled, -1) <= 1, "reshape: only one size may be -1");
  if (const auto open = std::ranges::find(filled, -1); open != filled.end()) {
    *open = 1;
    std::int64_t known = 1;
    for (const std::int64_t size : filled) known = CheckedSizes{"reshape"}.multiply(known, size);
    check(known > 0 && x.numel() % known == 0, "reshape: ", x.shape(),
          " cannot be cut into pieces of ", known);
    *open = x.numel() / known;
  }
  return reshape(x, Shape(filled));
}

Tensor flatten(const Tensor& x, int start) {
  const int axis = x.shape().index(start);
  std::vector<std::int64_t> sizes(x.shape().sizes().begin(), x.shape().sizes().begin() + axis);
  sizes.push_back(x.shape().product(axis, x.rank()));
  return reshape(x, Shape(sizes));
}

/// y = [x1 x2 ...]         dxi = dy at the place of xi. Seen from the axis, a row of y [outer, stride] has a run of each x.
Tensor cat(const std::vector<Tensor>& parts, int axis) {
  check(!parts.empty(), "cat: expected at least one tensor");
  const Shape& first = parts[0].shape();
  std::vector<Shape> shapes;
  std::vector<bool> needed;
  std::int64_t size = 0;
  for (const Tensor& x : parts) {
    const Shape& shape = shapes.emplace_back(x.shape());
    check(shape.rank() == first.rank() && shape.with(axis, first[axis]) == first,
          "cat: sizes other than that of axis ", axis, " must be equal, got ", first, " and ",
          shape);
    size = CheckedSizes{"cat"}.add(size, shape[axis]);
    needed.push_back(x.requires_grad());
  }
  Tensor y(first.with(axis, size));
  const ProfileScope scope("cat", y.shape(), 2 * y.numel());
  const AxisView view = axis_view(y.shape(), axis);
  const std::int64_t stride = view.size * view.inner;
  Real* out = y.mutable_data().data();
  for (const Tensor& x : parts) {
    const std::int64_t run = x.dim(axis) * view.inner;
    copy_rows(view.outer, run, x.data().data(), run, out, stride);
    out += run;
  }
  return record("cat", y, parts,
                [shapes, needed, axis, view, stride](const Tensor& dy) -> Gradients {
                  Gradients dx(shapes.size());
                  profile_count(0, 2 * dy.numel());
                  const Real* from = dy.data().data();
                  for (std::size_t i = 0; i < shapes.size(); ++i) {
                    const std::int64_t run = shapes[i][axis] * view.inner;
                    if (needed[i]) dx[i] = Tensor(shapes[i]);
                    if (needed[i])
                      copy_rows(view.outer, run, from, stride, dx[i].mutable_data().data(), run);
                    from += run;
                  }
                  return dx;
                });
}

Tensor transpose(const Tensor& x) {
  check(x.rank() == 2, "transpose: expected [M, N], got ", x.shape());
  const std::int64_t rows = x.dim(0), columns = x.dim(1);
  Tensor y({columns, rows});
  const ProfileScope scope("transpose", y.shape(), 2 * y.numel());
  const Real* in = x.data().data();
  Real* out = y.mutable_data().data();
  parallel_for(
      columns, 16,
      [&](std::int64_t begin, std::int64_t end) {  // 16 columns: one cache line of each row
        kernels().transpose(rows, end - begin, in + begin, columns, out + begin * rows, rows);
      });
  return record("transpose", y, {x}, [](const Tensor& dy) -> Gradients { return {transpose(dy)}; });
}

}  // namespace ek
