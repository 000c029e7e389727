#include "evenkeel/core/ops/activation.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>

#include "evenkeel/core/base/real.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/machine/parallel.h"
#include "evenkeel/core/machine/profile.h"
#include "evenkeel/core/ops/elementwise.h"
#include "evenkeel/core/tensor/autograd.h"
#include "evenkeel/core/tensor/fusion.h"
#include "evenkeel/core/tensor/op.h"

namespace ek {
namespace {

/// Calls line(first, end) for every line along the view's axis; its values are at first, first + inner, ... below end.
void for_each_line(const AxisView& view, auto line) {
  const std::int64_t reach = view.size * view.inner;
  parallel_each(view.outer * view.inner, 64, [&](std::int64_t i) {
    const std::int64_t first = i / view.inner * reach + i % view.inner;
    line(first, first + reach);
  });
}

}  // namespace

/// y = max(x, 0)                     dx = 0 where y <= 0, else dy (so NaN lets it through, as in PyTorch)
Tensor relu(const Tensor& x) {
  if (Tensor fused = fused_relu(x)) return fused;
  const Tensor y =
      map("relu", {x}, [](auto n, auto in, Real* out) { kernels().relu(n, in[0], out); });
  return record("relu", y, {x}, [y = y.detach()](const Tensor& dy) -> Gradients {
    return {map("relu", {y, dy},
                [](auto n, auto in, Real* out) { kernels().relu_backward(n, in[0], in[1], out); })};
  });
}

/// y = x > 0 ? x : slope x           dx = x > 0 ? dy : slope dy
Tensor leaky_relu(const Tensor& x, Real slope) {
  const Tensor y = map_each("leaky_relu", {x},
                            [=](const auto& in) { return in[0] > 0 ? in[0] : slope * in[0]; });
  return record("leaky_relu", y, {x}, [x = x.detach(), slope](const Tensor& dy) -> Gradients {
    return {map_each("leaky_relu", {x, dy},
                     [=](const auto& in) { return in[0] > 0 ? in[1] : slope * in[1]; })};
  });
}

/// y = 1 / (1 + e^-x)                dx = dy y (1 - y)
Tensor sigmoid(const Tensor& x) {
  const Tensor y =
      map_each("sigmoid", {x}, [](const auto& in) { return 1 / (1 + std::exp(-in[0])); });
  return record("sigmoid", y, {x}, [y = y.detach()](const Tensor& dy) -> Gradients {
    return {
        map_each("sigmoid", {y, dy}, [](const auto& in) { return in[1] * in[0] * (1 - in[0]); })};
  });
}

/// y = tanh x                        dx = dy (1 - y^2)
Tensor tanh(const Tensor& x) {
  const Tensor y = map_each("tanh", {x}, [](const auto& in) { return std::tanh(in[0]); });
  return record("tanh", y, {x}, [y = y.detach()](const Tensor& dy) -> Gradients {
    return {map_each("tanh", {y, dy}, [](const auto& in) { return in[1] * (1 - in[0] * in[0]); })};
  });
}

/// y = x P(x)                        dx = dy (P(x) + x p(x))
/// P(x) = (1 + erf(x / sqrt 2)) / 2, p(x) = e^(-x^2 / 2) / sqrt(2 pi)
Tensor gelu(const Tensor& x) {
  static constexpr Real kInvSqrt2 = static_cast<Real>(1 / std::numbers::sqrt2);
  static constexpr Real kInvSqrt2Pi =
      static_cast<Real>(std::numbers::inv_sqrtpi / std::numbers::sqrt2);
  const Tensor y = map_each(
      "gelu", {x}, [](const auto& in) { return in[0] * (1 + std::erf(in[0] * kInvSqrt2)) / 2; });
  return record("gelu", y, {x}, [x = x.detach()](const Tensor& dy) -> Gradients {
    return {map_each("gelu", {x, dy}, [](const auto& in) {
      const Real z = in[0], P = (1 + std::erf(z * kInvSqrt2)) / 2,
                 p = kInvSqrt2Pi * std::exp(-z * z / 2);
      return in[1] * (P + z * p);
    })};
  });
}

Tensor softmax(const Tensor& x, int axis) { return exp(log_softmax(x, axis)); }

/// dx = dy - e^y sum dy
Tensor log_softmax(const Tensor& x, int axis) {
  const AxisView view = axis_view(x.shape(), axis);
  Tensor y(x.shape());
  const ProfileScope scope("log_softmax", y.shape(), 2 * y.numel());
  const Real* in = x.data().data();
  Real* out = y.mutable_data().data();
  for_each_line(view, [&](std::int64_t first, std::int64_t end) {
    Real largest = in[first];
    for (std::int64_t i = first; i < end; i += view.inner) largest = std::max(largest, in[i]);
    double sum = 0;
    for (std::int64_t i = first; i < end; i += view.inner) sum += std::exp(double{in[i]} - largest);
    for (std::int64_t i = first; i < end; i += view.inner)
      out[i] = static_cast<Real>(double{in[i]} - largest - std::log(sum));
  });
  return record("log_softmax", y, {x}, [y = y.detach(), view](const Tensor& dy) -> Gradients {
    Tensor dx(y.shape());
    profile_count(0, 3 * dx.numel());
    const Real *l = y.data().data(), *g = dy.data().data();
    Real* d = dx.mutable_data().data();
    for_each_line(view, [&](std::int64_t first, std::int64_t end) {
      double sum = 0;
      for (std::int64_t i = first; i < end; i += view.inner) sum += g[i];
      for (std::int64_t i = first; i < end; i += view.inner)
        d[i] = g[i] - std::exp(l[i]) * static_cast<Real>(sum);
    });
    return {dx};
  });
}

}  // namespace ek
