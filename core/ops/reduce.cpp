#include "evenkeel/core/ops/reduce.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "evenkeel/core/base/real.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/machine/parallel.h"
#include "evenkeel/core/machine/profile.h"
#include "evenkeel/core/tensor/autograd.h"
#include "evenkeel/core/tensor/op.h"

namespace ek {
namespace {

/// y = scale * sum of all x       dx = scale dy, everywhere
Tensor scaled_sum(const char* op, const Tensor& x, double scale) {
  const ProfileScope scope(op, x.shape(), x.numel());
  std::vector<double> partial(
      static_cast<std::size_t>((x.numel() + kElementGrain - 1) / kElementGrain));  // per chunk
  const Real* in = x.data().data();
  parallel_for(x.numel(), kElementGrain, [&](std::int64_t begin, std::int64_t end) {
    partial[static_cast<std::size_t>(begin / kElementGrain)] =
        kernels().sum(end - begin, in + begin);
  });
  double total = 0;
  for (const double p : partial) total += p;
  Tensor y = Tensor::full({}, static_cast<Real>(total * scale));
  return record(op, y, {x}, [shape = x.shape(), scale](const Tensor& dy) -> Gradients {
    profile_count(0, shape.numel());
    return {Tensor::full(shape, static_cast<Real>(dy.item() * scale))};
  });
}

/// x [outer, size, inner] -> y [outer, inner] = scale * sum over size       dx[o,k,i] = scale dy[o,i]
Tensor scaled_sum(const char* op, const Tensor& x, int axis, double scale) {
  const AxisView view = axis_view(x.shape(), axis);
  std::vector<std::int64_t> sizes(x.shape().sizes().begin(), x.shape().sizes().end());
  sizes.erase(sizes.begin() + x.shape().index(axis));
  Tensor y{Shape(sizes)};
  const ProfileScope scope(op, x.shape(), x.numel() + y.numel());
  const Real* in = x.data().data();
  Real* out = y.mutable_data().data();
  parallel_each(view.outer, 1, [&](std::int64_t o) {
    std::vector<double> total(static_cast<std::size_t>(view.inner));
    const Real* row = in + o * view.size * view.inner;
    for (std::int64_t k = 0; k < view.size; ++k)
      for (double& t : total) t += *row++;
    std::ranges::transform(total, out + o * view.inner,
                           [=](double t) { return static_cast<Real>(t * scale); });
  });
  return record(op, y, {x}, [shape = x.shape(), view, scale](const Tensor& dy) -> Gradients {
    Tensor dx(shape);
    profile_count(0, dx.numel() + dy.numel());
    const Real* g = dy.data().data();
    Real* d = dx.mutable_data().data();
    parallel_each(view.outer * view.size, 16, [&](std::int64_t row) {
      const Real* from = g + row / view.size * view.inner;
      kernels().scale_shift(view.inner, from, static_cast<Real>(scale), 0, d + row * view.inner);
    });
    return {dx};
  });
}

}  // namespace

Tensor sum(const Tensor& x) { return scaled_sum("sum", x, 1); }
Tensor mean(const Tensor& x) { return scaled_sum("mean", x, 1.0 / static_cast<double>(x.numel())); }
Tensor sum(const Tensor& x, int axis) { return scaled_sum("sum", x, axis, 1); }
Tensor mean(const Tensor& x, int axis) {
  return scaled_sum("mean", x, axis, 1.0 / static_cast<double>(x.dim(axis)));
}

}  // namespace ek
