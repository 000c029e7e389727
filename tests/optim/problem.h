// What the optimizer tests share: parameters with known gradients, and a comparison with numbers in double.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "evenkeel/core/base/real.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/kernels/dispatch.h"
#include "evenkeel/core/ops/random.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/optim/optimizer.h"

namespace ek {

/// Normal random numbers with the stream of this name.
inline Tensor random_tensor(Shape shape, std::string_view name) {
  Tensor t(shape);
  fill_normal(t, 0, 1, Stream(7, name));
  return t;
}

inline Tensor random_parameter(Shape shape, std::string_view name) {
  return random_tensor(shape, name).requires_grad(true);
}

/// The gradient of one parameter at one step: the same for every optimizer.
inline void set_random_gradient(Tensor parameter, int index, int step) {
  parameter.set_grad(
      random_tensor(parameter.shape(), std::to_string(index) + "/" + std::to_string(step)));
}

inline bool same_bits(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() &&
         std::memcmp(a.data().data(), b.data().data(), a.data().size_bytes()) == 0;
}

/// One element of a parameter, its gradient and its buffers, in double: the textbook loop to compare with.
struct Reference {
  double weight, first = 0, second = 0;  // momentum buffer; or exp_avg and exp_avg_sq
};
using ReferenceStep = std::function<void(Reference& r, double gradient, int step)>;

/// Ten steps of an optimizer on two parameters against the reference, element by element.
inline void check_against(
    const std::function<std::unique_ptr<Optimizer>(std::vector<Tensor>)>& make,
    const ReferenceStep& reference_step) {
  const std::vector<Tensor> parameters = {random_parameter({3, 5}, "weight"),
                                          random_parameter({41}, "bias")};
  std::vector<std::vector<Reference>> references;
  for (const Tensor& p : parameters) {
    references.emplace_back();
    for (Real weight : p.data())
      references.back().push_back({.weight = static_cast<double>(weight)});
  }
  const auto optimizer = make(parameters);
  double worst = 0;
  for (int step = 1; step <= 10; ++step) {
    for (int i = 0; i < 2; ++i)
      set_random_gradient(parameters[static_cast<std::size_t>(i)], i, step);
    optimizer->step();
    for (std::size_t i = 0; i < 2; ++i)
      for (std::size_t k = 0; k < references[i].size(); ++k) {
        Reference& r = references[i][k];
        reference_step(r, static_cast<double>(parameters[i].grad().data()[k]), step);
        const double w = static_cast<double>(parameters[i].data()[k]);
        worst = std::max(worst, std::abs(w - r.weight) / std::max(1.0, std::abs(r.weight)));
      }
  }
  CHECK(worst <= 16 * static_cast<double>(std::numeric_limits<Real>::epsilon()));
}

}  // namespace ek
