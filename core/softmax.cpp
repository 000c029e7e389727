#include "core/softmax.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/autograd.h"
#include "core/parallel.h"
#include "core/profile.h"

namespace ek {
namespace {

/// A new tensor y of the inputs' shape: calls line(pointers to a line of each input, pointer to that line of y, stride,
/// end) for every line along the axis; its values are at 0, stride, 2 stride, ... below end.
template <std::size_t kInputs, typename Line>
Tensor map_lines(const char* op, const Tensor (&inputs)[kInputs], int axis, Line line) {
  const AxisView view = axis_view(inputs[0].shape(), axis);
  Tensor y(inputs[0].shape());
  const ProfileScope scope(op, y.shape());
  profile_count(0, std::int64_t{kInputs + 1} * y.numel());
  std::array<const Real*, kInputs> in;
  for (std::size_t k = 0; k < kInputs; ++k) in[k] = inputs[k].data().data();
  Real* out = y.mutable_data().data();
  parallel_for(view.outer * view.inner, 64, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t first = i / view.inner * view.size * view.inner + i % view.inner;
      std::array<const Real*, kInputs> at;
      for (std::size_t k = 0; k < kInputs; ++k) at[k] = in[k] + first;
      line(at, out + first, view.inner, view.size * view.inner);
    }
  });
  return y;
}

/// max x + ln sum e^(x - max x) of one line.
struct LogSum {
  Real max;
  double log;  // of the sum
};
LogSum log_sum(const Real* x, std::int64_t stride, std::int64_t end) {
  LogSum result{end > 0 ? x[0] : 0, 0};
  for (std::int64_t i = stride; i < end; i += stride) result.max = std::max(result.max, x[i]);
  double sum = 0;
  for (std::int64_t i = 0; i < end; i += stride) sum += std::exp(double{x[i]} - result.max);
  result.log = std::log(sum);
  return result;
}

}  // namespace

/// dx = y (dy - sum dy y)
Tensor softmax(const Tensor& x, int axis) {
  const Tensor y = map_lines("softmax", {x}, axis, [](auto in, Real* p, std::int64_t stride, std::int64_t end) {
    const LogSum s = log_sum(in[0], stride, end);
    for (std::int64_t i = 0; i < end; i += stride) p[i] = static_cast<Real>(std::exp(double{in[0][i]} - s.max - s.log));
  });
  return record("softmax", y, {x}, [y = y.detach(), axis](const Tensor& dy) -> Gradients {
    return {map_lines("softmax", {y, dy}, axis, [](auto in, Real* d, std::int64_t stride, std::int64_t end) {
      const auto [p, g] = in;
      double dot = 0;
      for (std::int64_t i = 0; i < end; i += stride) dot += double{g[i]} * p[i];
      for (std::int64_t i = 0; i < end; i += stride) d[i] = p[i] * (g[i] - static_cast<Real>(dot));
    })};
  });
}

/// dx = dy - e^y sum dy
Tensor log_softmax(const Tensor& x, int axis) {
  const Tensor y = map_lines("log_softmax", {x}, axis, [](auto in, Real* l, std::int64_t stride, std::int64_t end) {
    const LogSum s = log_sum(in[0], stride, end);
    for (std::int64_t i = 0; i < end; i += stride) l[i] = static_cast<Real>(double{in[0][i]} - s.max - s.log);
  });
  return record("log_softmax", y, {x}, [y = y.detach(), axis](const Tensor& dy) -> Gradients {
    return {map_lines("log_softmax", {y, dy}, axis, [](auto in, Real* d, std::int64_t stride, std::int64_t end) {
      const auto [log_p, g] = in;
      double sum = 0;
      for (std::int64_t i = 0; i < end; i += stride) sum += g[i];
      for (std::int64_t i = 0; i < end; i += stride) d[i] = g[i] - std::exp(log_p[i]) * static_cast<Real>(sum);
    })};
  });
}

}  // namespace ek
