#include "evenkeel/core/lazy/normalization.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>

#include "evenkeel/core/base/norm_view.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/kernels/kernels.h"
#include "evenkeel/core/lazy/deferred.h"
#include "evenkeel/core/machine/profile.h"
#include "evenkeel/core/tensor/autograd.h"

namespace ek {
namespace {

using SharedPass = std::shared_ptr<const NormPass>;

/// dx, which an op that needs it once takes by samples.
Tensor input_gradient(const SharedPass& pass, const Tensor& x, NormSums sums) {
  // Shared by both functions: so g stays one handle, and dx can take its memory.
  const auto held = std::make_shared<const NormSums>(std::move(sums));
  const NormView view = pass->view();
  Deferred how;
  if (view.samples == x.dim(0)) {
    how.samples = [pass, view, x, held](std::int64_t first, std::int64_t count, Real* dx) {
      const std::int64_t row = first * view.features;
      const Real* g = held->g.data().data() + row * view.inner;
      for (std::int64_t i = 0; i < count * view.features; ++i) {
        pass->input_gradient(x, *held, row + i, g + i * view.inner, dx + i * view.inner);
      }
    };
  }
  how.compute = [pass, view, x, held](Tensor& dx) {
    const ProfileScope scope(pass->name(), dx.shape(), 3 * dx.numel(), Pass::backward);
    dx = in_place_of(held->g);
    const Real* g = held->g.data().data();
    Real* to = dx.mutable_data().data();
    for_each_row(view, [&](std::int64_t row) {
      pass->input_gradient(x, *held, row, g + row * view.inner, to + row * view.inner);
    });
  };
  const Tensor g = held->g;
  return defer(x.shape(), {x, g}, std::move(how));
}

/// [features]
Tensor parameter_gradient(const NormSums& sums, double DoubleSums::*sum) {
  Tensor values({static_cast<std::int64_t>(sums.feature.size())});
  std::ranges::transform(sums.feature, values.mutable_data().begin(),
                         [sum](const DoubleSums& s) { return static_cast<Real>(s.*sum); });
  return values;
}

Tensor apply(const Tensor& x, const Tensor& weight, const Tensor& bias, const SharedPass& pass) {
  const auto fused_with = [x, weight, bias](NormPass more) {
    return apply(x, weight, bias, std::make_shared<const NormPass>(std::move(more)));
  };
  Deferred how = {.compute = [x = x.detach(), pass](Tensor& y) { pass->forward(x, y); },
                  .relu = [fused_with, pass] { return fused_with(pass->with_relu()); }};
  if (!pass->has_relu() && !pass->residual()) {
    how.add = [fused_with, pass](const Tensor& other) {
      return fused_with(pass->with_residual(other));
    };
  }
  const Tensor y = defer(x.shape(), {x, pass->residual()}, std::move(how));
  return record(
      pass->name(), y, {x, weight, bias, pass->residual()},
      [x = x.detach(), pass, need_x = x.requires_grad(), need_weight = weight.requires_grad(),
       need_bias = bias.requires_grad()](const Tensor& dy) -> Gradients {
        const Wanted wanted = need_weight || need_bias ? Wanted::sums : Wanted::nothing;
        NormSums sums = pass->sums(x, dy, wanted);
        const Tensor dweight =
            need_weight ? parameter_gradient(sums, &DoubleSums::second) : Tensor();
        const Tensor dbias = need_bias ? parameter_gradient(sums, &DoubleSums::first) : Tensor();
        const Tensor dresidual = pass->residual() ? sums.g : Tensor();
        const Tensor dx = need_x ? input_gradient(pass, x, std::move(sums)) : Tensor();
        return {dx, dweight, dbias, dresidual};
      });
}

}  // namespace

Tensor normalized(const Tensor& x, const Tensor& weight, const Tensor& bias, const NormPass& pass) {
  return apply(x, weight, bias, std::make_shared<const NormPass>(pass));
}

}  // namespace ek
