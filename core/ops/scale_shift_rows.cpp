#include "evenkeel/core/ops/scale_shift_rows.h"

#include <cstddef>
#include <cstdint>

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/machine/parallel.h"
#include "evenkeel/core/machine/profile.h"
#include "evenkeel/core/ops/elementwise.h"
#include "evenkeel/core/ops/reduce.h"
#include "evenkeel/core/tensor/autograd.h"
#include "evenkeel/core/tensor/op.h"

namespace ek {
namespace {

/// Its i-th value; `otherwise` where there is no tensor.
Real element(const Tensor& t, std::int64_t i, Real otherwise) {
  return t ? t.data()[static_cast<std::size_t>(i)] : otherwise;
}

}  // namespace

/// dx = dy weight, dweight = sum over n of dy x, dbias = sum over n of dy
Tensor scale_shift_rows(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  check(x.rank() == 2, "scale_shift_rows: expected [N, D], got ", x.shape());
  const std::int64_t rows = x.dim(0), columns = x.dim(1);
  for (const Tensor& t : {weight, bias})
    check(!t || t.shape() == Shape{columns}, "scale_shift_rows: expected weight and bias [",
          columns, "], got ", t ? t.shape() : Shape());
  const ProfileScope scope("scale_shift_rows", x.shape());
  auto scaled = [rows, columns](const Tensor& from, const Tensor& w, const Tensor& b) {
    Tensor to(from.shape());
    profile_count(0, 2 * to.numel());
    const Real* in = from.data().data();
    Real* out = to.mutable_data().data();
    parallel_each(rows, 16, [&](std::int64_t n) {
      for (std::int64_t d = 0; d < columns; ++d)
        out[n * columns + d] = in[n * columns + d] * element(w, d, 1) + element(b, d, 0);
    });
    return to;
  };
  return record("scale_shift_rows", scaled(x, weight, bias), {x, weight, bias},
                [scaled, x = saved_for(weight, x), need_x = x.requires_grad(),
                 weight = weight ? weight.detach() : weight,
                 need_bias = bias.requires_grad()](const Tensor& dy) -> Gradients {
                  return {need_x ? scaled(dy, weight, {}) : Tensor(), x ? sum(dy * x, 0) : Tensor(),
                          need_bias ? sum(dy, 0) : Tensor()};
                });
}

}  // namespace ek
