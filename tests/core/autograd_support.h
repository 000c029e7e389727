// Leaves, and ops that note when they run backward.
#pragma once

#include <doctest/doctest.h>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/ops/activation.h"
#include "evenkeel/core/ops/elementwise.h"
#include "evenkeel/core/ops/matmul.h"
#include "evenkeel/core/ops/reduce.h"
#include "evenkeel/core/ops/reshape.h"
#include "evenkeel/core/tensor/autograd.h"
#include "evenkeel/core/tensor/storage.h"
#include "evenkeel/core/tensor/tensor.h"
#include "tests/support/compare.h"

namespace ek {
namespace {

inline constexpr int kLong = 200'000;  // one stack frame each would overflow the stack

inline Tensor leaf(Shape shape, Real value) {
  Tensor t = Tensor::full(shape, value);
  t.requires_grad(true);
  return t;
}

/// y = x, and its backward leaves a mark.
inline Tensor marked(const Tensor& x, int mark, std::vector<int>& log) {
  return record("marked", x.clone(), {x}, [mark, &log](const Tensor& dy) -> Gradients {
    log.push_back(mark);
    return {dy};
  });
}

}  // namespace
}  // namespace ek
