// What ops are written with: checks, the history, the place in a profile, threads, kernels, element-wise loops.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/kernels/dispatch.h"
#include "evenkeel/core/machine/parallel.h"
#include "evenkeel/core/machine/profile.h"
#include "evenkeel/core/tensor/autograd.h"
#include "evenkeel/core/tensor/tensor.h"

namespace ek {

/// A new tensor y of the inputs' shape, which must be the same: calls loop(n, pointers to n elements of each input,
/// pointer to n elements of y) for every chunk. In a profile the time counts for `op`.
template <std::size_t kInputs, typename Loop>
Tensor map(const char* op, const Tensor (&inputs)[kInputs], Loop loop) {
  for (const Tensor& input : inputs)
    check(input.shape() == inputs[0].shape(), op, ": shapes must be equal, got ", inputs[0].shape(),
          " and ", input.shape(), " (there is no broadcasting)");
  Tensor y(inputs[0].shape());
  const ProfileScope scope(op, y.shape(), std::int64_t{kInputs + 1} * y.numel());
  std::array<const Real*, kInputs> in;
  for (std::size_t k = 0; k < kInputs; ++k) in[k] = inputs[k].data().data();
  Real* out = y.mutable_data().data();
  parallel_for(y.numel(), kElementGrain, [&](std::int64_t begin, std::int64_t end) {
    std::array<const Real*, kInputs> at;
    for (std::size_t k = 0; k < kInputs; ++k) at[k] = in[k] + begin;
    loop(end - begin, at, out + begin);
  });
  return y;
}

/// y[i] = f({a[i], b[i], ...})
template <std::size_t kInputs, typename Function>
Tensor map_each(const char* op, const Tensor (&inputs)[kInputs], Function f) {
  return map(op, inputs,
             [f](std::int64_t n, const std::array<const Real*, kInputs>& in, Real* out) {
               std::array<Real, kInputs> values;
               for (std::int64_t i = 0; i < n; ++i) {
                 for (std::size_t k = 0; k < kInputs; ++k) values[k] = in[k][i];
                 out[i] = f(values);
               }
             });
}

}  // namespace ek
