#include "evenkeel/core/ops/elementwise.h"

#include <cmath>

#include "evenkeel/core/base/real.h"
#include "evenkeel/core/tensor/autograd.h"
#include "evenkeel/core/tensor/fusion.h"
#include "evenkeel/core/tensor/op.h"

namespace ek {
namespace {

/// y = scale x + shift       dx = scale dy
Tensor affine(const char* op, const Tensor& x, Real scale, Real shift) {
  const Tensor y = map(op, {x}, [=](auto n, auto in, Real* out) {
    kernels().scale_shift(n, in[0], scale, shift, out);
  });
  return record(op, y, {x}, [scale](const Tensor& dy) -> Gradients { return {dy * scale}; });
}

}  // namespace

Tensor operator+(const Tensor& a, const Tensor& b) {
  if (Tensor fused = fused_add(a, b)) return fused;
  const Tensor y =
      map("add", {a, b}, [](auto n, auto in, Real* out) { kernels().add(n, in[0], in[1], out); });
  return record("add", y, {a, b}, [](const Tensor& dy) -> Gradients { return {dy, dy}; });
}

Tensor operator-(const Tensor& a, const Tensor& b) {
  const Tensor y = map_each("sub", {a, b}, [](const auto& in) { return in[0] - in[1]; });
  return record("sub", y, {a, b}, [need_b = b.requires_grad()](const Tensor& dy) -> Gradients {
    return {dy, need_b ? -dy : Tensor()};
  });
}

/// y = a b       da = dy b, db = dy a
Tensor operator*(const Tensor& a, const Tensor& b) {
  const Tensor y =
      map("mul", {a, b}, [](auto n, auto in, Real* out) { kernels().mul(n, in[0], in[1], out); });
  // Each factor is kept only if the other one's gradient needs it.
  return record("mul", y, {a, b},
                [a = saved_for(b, a), b = saved_for(a, b)](const Tensor& dy) -> Gradients {
                  return {b ? dy * b : Tensor(), a ? dy * a : Tensor()};
                });
}

/// y = a / b     da = dy / b, db = -dy y / b
Tensor operator/(const Tensor& a, const Tensor& b) {
  const Tensor y = map_each("div", {a, b}, [](const auto& in) { return in[0] / in[1]; });
  return record("div", y, {a, b},
                [y = y.detach(), b = b.detach(), need_a = a.requires_grad(),
                 need_b = b.requires_grad()](const Tensor& dy) -> Gradients {
                  return {need_a ? dy / b : Tensor(), need_b ? -(dy * y) / b : Tensor()};
                });
}

Tensor operator+(const Tensor& a, Real b) { return affine("add", a, 1, b); }
Tensor operator-(const Tensor& a, Real b) { return affine("sub", a, 1, -b); }
Tensor operator*(const Tensor& a, Real b) { return affine("mul", a, b, 0); }
Tensor operator+(Real a, const Tensor& b) { return affine("add", b, 1, a); }
Tensor operator-(Real a, const Tensor& b) { return affine("sub", b, -1, a); }
Tensor operator*(Real a, const Tensor& b) { return affine("mul", b, a, 0); }
Tensor operator-(const Tensor& a) { return affine("neg", a, -1, 0); }

Tensor operator/(const Tensor& a, Real b) { return a / Tensor::full(a.shape(), b); }
Tensor operator/(Real a, const Tensor& b) { return Tensor::full(b.shape(), a) / b; }

/// y = e^x       dx = dy y
Tensor exp(const Tensor& x) {
  const Tensor y = map_each("exp", {x}, [](const auto& in) { return std::exp(in[0]); });
  return record("exp", y, {x},
                [y = y.detach()](const Tensor& dy) -> Gradients { return {dy * y}; });
}

/// y = ln x      dx = dy / x
Tensor log(const Tensor& x) {
  const Tensor y = map_each("log", {x}, [](const auto& in) { return std::log(in[0]); });
  return record("log", y, {x},
                [x = x.detach()](const Tensor& dy) -> Gradients { return {dy / x}; });
}

/// y = sqrt x    dx = dy / (2 y)
Tensor sqrt(const Tensor& x) {
  const Tensor y = map_each("sqrt", {x}, [](const auto& in) { return std::sqrt(in[0]); });
  return record("sqrt", y, {x},
                [y = y.detach()](const Tensor& dy) -> Gradients { return {dy / (Real(2) * y)}; });
}

}  // namespace ek
