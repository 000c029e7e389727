#include "evenkeel/core/ops/matmul.h"

#include <algorithm>
#include <cstdint>
#include <iterator>

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/fast/gemm.h"
#include "evenkeel/core/fast/product.h"
#include "evenkeel/core/lazy/deferred.h"
#include "evenkeel/core/machine/denormals.h"
#include "evenkeel/core/machine/profile.h"
#include "evenkeel/core/ops/reduce.h"
#include "evenkeel/core/ops/reshape.h"
#include "evenkeel/core/tensor/autograd.h"
#include "evenkeel/core/tensor/op.h"
#include "evenkeel/core/tensor/pieces.h"

namespace ek {
namespace {

/// [M, K] times [K, N].
void count_product(std::int64_t m, std::int64_t n, std::int64_t k) {
  profile_count(2 * static_cast<double>(m * n) * static_cast<double>(k), m * k + k * n + m * n);
}

/// op(a) op(b), both of rank 2, without history.
Tensor product(Trans ta, const Tensor& a, Trans tb, const Tensor& b) {
  const std::int64_t m = a.dim(ta == Trans::no ? 0 : 1), k = a.dim(ta == Trans::no ? 1 : 0);
  const std::int64_t n = b.dim(tb == Trans::no ? 1 : 0);
  Tensor y({m, n});
  count_product(m, n, k);
  const Real *as = a.data().data(), *bs = b.data().data();
  Real* ys = y.mutable_data().data();
  if (tb == Trans::no && wide_product_takes(m, n, k))
    wide_product(m, n, k, ta == Trans::no ? as : transpose(a).data().data(), bs, ys);
  else
    gemm(ta, tb, m, n, k, as, a.dim(1), bs, b.dim(1), ys, n);
  return y;
}

/// From so many values on, a gradient leaves the caches before it is read: 16 MiB.
constexpr std::int64_t kLargeGradient = std::int64_t{1} << 22;

/// a^T b, the gradient of a weight. A large one is deferred, so that an optimizer can take it by pieces, unless a or b,
/// which stay in memory until then, is larger.
Tensor weight_gradient(const char* op, const Tensor& a, const Tensor& b) {
  const std::int64_t m = a.dim(1), n = b.dim(1), k = a.dim(0);
  if (m * n < kLargeGradient || k > std::min(m, n) || !wide_product_takes(m, n, k))
    return product(Trans::yes, a, Trans::no, b);
  const auto multiply = [=](Real* y, const Consumer* to) {
    const std::int64_t beside =
        to ? 2 * std::ssize(to->beside) - 1 : 0;  // read and written; the gradient is not
    const ProfileScope scope(to ? text(op, '+', to->op).c_str() : op, Shape{m, n}, beside * m * n,
                             Pass::backward);
    count_product(m, n, k);
    wide_product(m, n, k, transpose(a).data().data(), b.data().data(), y, to);
  };
  return defer({m, n}, {a, b},
               {.compute = [=](Tensor& y) { multiply(y.mutable_data().data(), nullptr); },
                .pieces = [=](const Consumer& to) { multiply(nullptr, &to); }});
}

}  // namespace

Tensor matmul(const Tensor& a, const Tensor& b) {
  check(a.rank() == 2 && b.rank() == 2 && a.dim(1) == b.dim(0),
        "matmul: expected [M, K] and [K, N], got ", a.shape(), " and ", b.shape());
  const ProfileScope scope("matmul", Shape{a.dim(0), b.dim(1)});
  Tensor y = product(Trans::no, a, Trans::no, b);
  return record("matmul", y, {a, b},
                [a = a.detach(), b = b.detach(), need_a = a.requires_grad(),
                 need_b = b.requires_grad()](const Tensor& dy) -> Gradients {
                  return {need_a ? product(Trans::no, dy, Trans::yes, b) : Tensor(),
                          need_b ? weight_gradient("matmul", a, dy) : Tensor()};
                });
}

Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  check(weight.rank() == 2, "linear: expected a weight [out, in], got ", weight.shape());
  const std::int64_t in = weight.dim(1), out = weight.dim(0);
  check(x.rank() == 2 && x.dim(1) == in, "linear: expected an input [N, ", in, "], got ",
        x.shape());
  check(!bias || bias.shape() == Shape{out}, "linear: expected a bias [", out, "], got ",
        bias ? bias.shape() : Shape());
  const std::int64_t n = x.dim(0);
  Tensor y({n, out});
  const ProfileScope scope("linear", y.shape());
  count_product(n, out, in);
  const Real *xs = x.data().data(), *w = weight.data().data();
  Real* values = y.mutable_data().data();
  if (deep_product_takes(out, n, in))
    deep_product(out, n, in, w, xs, values);
  else if (dot_product_takes(out, n, in))
    dot_product(out, n, in, w, xs, values);
  else
    gemm(Trans::no, Trans::yes, n, out, in, xs, in, w, in, values, out);
  const FlushDenormals flush;
  if (bias)
    for (std::int64_t i = 0; i < n; ++i)
      kernels().add(out, values + i * out, bias.data().data(), values + i * out);
  return record("linear", y, {x, weight, bias},
                [x = saved_for(weight, x), weight = saved_for(x, weight),
                 need_b = bias.requires_grad()](const Tensor& dy) -> Gradients {
                  return {weight ? product(Trans::no, dy, Trans::no, weight) : Tensor(),  // [N, in]
                          x ? weight_gradient("linear", dy, x) : Tensor(),  // [out, in]
                          need_b ? sum(dy, 0) : Tensor()};                  // [out]
                });
}

}  // namespace ek
