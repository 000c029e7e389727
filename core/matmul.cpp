#include "core/matmul.h"

#include "core/gemm.h"
#include "core/op.h"
#include "core/product.h"
#include "core/reduce.h"

namespace ek {
namespace {

/// [M, K] times [K, N].
void count_product(std::int64_t m, std::int64_t n, std::int64_t k) {
  profile_count(2 * static_cast<double>(m * n * k), m * k + k * n + m * n);
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
    wide_product(m, n, k, ta == Trans::no ? MatrixView{as, k, 1} : MatrixView{as, 1, m}, bs, n, ys, n);
  else
    gemm(ta, tb, m, n, k, as, a.dim(1), bs, b.dim(1), ys, n);
  return y;
}

}  // namespace

Tensor matmul(const Tensor& a, const Tensor& b) {
  check(a.rank() == 2 && b.rank() == 2 && a.dim(1) == b.dim(0), "matmul: expected [M, K] and [K, N], got ", a.shape(),
        " and ", b.shape());
  const ProfileScope scope("matmul", Shape{a.dim(0), b.dim(1)});
  Tensor y = product(Trans::no, a, Trans::no, b);
  return record("matmul", y, {a, b},
                [a = a.detach(), b = b.detach(), need_a = a.requires_grad(),
                 need_b = b.requires_grad()](const Tensor& dy) -> Gradients {
                  return {need_a ? product(Trans::no, dy, Trans::yes, b) : Tensor(),
                          need_b ? product(Trans::yes, a, Trans::no, dy) : Tensor()};
                });
}

Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  check(weight.rank() == 2, "linear: expected a weight [out, in], got ", weight.shape());
  const std::int64_t in = weight.dim(1), out = weight.dim(0);
  check(x.rank() == 2 && x.dim(1) == in, "linear: expected an input [N, ", in, "], got ", x.shape());
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
  if (bias)
    for (std::int64_t i = 0; i < n; ++i) kernels().add(out, values + i * out, bias.data().data(), values + i * out);
  return record("linear", y, {x, weight, bias},
                [x = saved_for(weight, x), weight = saved_for(x, weight),
                 need_b = bias.requires_grad()](const Tensor& dy) -> Gradients {
                  return {weight ? product(Trans::no, dy, Trans::no, weight) : Tensor(),  // [N, in]
                          x ? product(Trans::yes, dy, Trans::no, x) : Tensor(),           // [out, in]
                          need_b ? sum(dy, 0) : Tensor()};                                // [out]
                });
}

}  // namespace ek
