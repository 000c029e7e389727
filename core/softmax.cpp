#include "core/softmax.h"

#include <algorithm>
#include <cmath>

#include "core/autograd.h"
#include "core/parallel.h"
#include "core/profile.h"

namespace ek {
namespace {

/// Calls body(offset, stride, size) for every line of values along the axis.
template <typename Body>
void for_each_line(const AxisView& view, Body body) {
  parallel_for(view.outer * view.inner, 64, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t line = begin; line < end; ++line)
      body(line / view.inner * view.size * view.inner + line % view.inner, view.inner, view.size);
  });
}

/// max x + ln sum e^(x - max x) of one line.
struct LogSum {
  Real max;
  double log;  // of the sum
};
LogSum log_sum(const Real* x, std::int64_t stride, std::int64_t size) {
  LogSum result{size > 0 ? x[0] : 0, 0};
  for (std::int64_t i = 1; i < size; ++i) result.max = std::max(result.max, x[i * stride]);
  double sum = 0;
  for (std::int64_t i = 0; i < size; ++i) sum += std::exp(double{x[i * stride]} - result.max);
  result.log = std::log(sum);
  return result;
}

}  // namespace

/// dx = y (dy - sum dy y)
Tensor softmax(const Tensor& x, int axis) {
  const AxisView view = axis_view(x.shape(), axis);
  Tensor y(x.shape());
  const ProfileScope scope("softmax", y.shape());
  profile_count(0, 2 * y.numel());
  const Real* in = x.data().data();
  Real* out = y.mutable_data().data();
  for_each_line(view, [=](std::int64_t at, std::int64_t stride, std::int64_t size) {
    const LogSum s = log_sum(in + at, stride, size);
    for (std::int64_t i = 0; i < size; ++i)
      out[at + i * stride] = static_cast<Real>(std::exp(double{in[at + i * stride]} - s.max - s.log));
  });
  return record("softmax", y, {x}, [y = y.detach(), view](const Tensor& dy) -> Gradients {
    Tensor dx(dy.shape());
    profile_count(0, 3 * dx.numel());
    const Real *p = y.data().data(), *g = dy.data().data();
    Real* d = dx.mutable_data().data();
    for_each_line(view, [=](std::int64_t at, std::int64_t stride, std::int64_t size) {
      double dot = 0;
      for (std::int64_t i = 0; i < size; ++i) dot += double{g[at + i * stride]} * p[at + i * stride];
      for (std::int64_t i = at; i < at + size * stride; i += stride) d[i] = p[i] * (g[i] - static_cast<Real>(dot));
    });
    return {dx};
  });
}

/// dx = dy - e^y sum dy
Tensor log_softmax(const Tensor& x, int axis) {
  const AxisView view = axis_view(x.shape(), axis);
  Tensor y(x.shape());
  const ProfileScope scope("log_softmax", y.shape());
  profile_count(0, 2 * y.numel());
  const Real* in = x.data().data();
  Real* out = y.mutable_data().data();
  for_each_line(view, [=](std::int64_t at, std::int64_t stride, std::int64_t size) {
    const LogSum s = log_sum(in + at, stride, size);
    for (std::int64_t i = 0; i < size; ++i)
      out[at + i * stride] = static_cast<Real>(double{in[at + i * stride]} - s.max - s.log);
  });
  return record("log_softmax", y, {x}, [y = y.detach(), view](const Tensor& dy) -> Gradients {
    Tensor dx(dy.shape());
    profile_count(0, 3 * dx.numel());
    const Real *log_p = y.data().data(), *g = dy.data().data();
    Real* d = dx.mutable_data().data();
    for_each_line(view, [=](std::int64_t at, std::int64_t stride, std::int64_t size) {
      double sum = 0;
      for (std::int64_t i = 0; i < size; ++i) sum += g[at + i * stride];
      for (std::int64_t i = at; i < at + size * stride; i += stride)
        d[i] = g[i] - std::exp(log_p[i]) * static_cast<Real>(sum);
    });
    return {dx};
  });
}

}  // namespace ek
