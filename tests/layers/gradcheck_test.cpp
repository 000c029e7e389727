// Gradients of every layer, in training and in inference, against central differences; Real = double.
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include "evenkeel/core/base/real.h"
#include "evenkeel/core/ops/elementwise.h"
#include "evenkeel/core/tensor/autograd.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/layers/linear.h"
#include "evenkeel/layers/norm.h"
#include "tests/support/compare.h"
#include "tests/support/gradcheck.h"
#include "tests/support/layer_table.h"

namespace ek {
namespace {

TEST_CASE("every gradient of every layer is the limit of its difference quotients") {
  for (const OpCase& c : layer_table()) check_gradients(c);
}

TEST_CASE("a layer used twice adds up the gradients of both uses") {
  Linear fc(3, 3);
  OpCase c{"fc(fc(x)) + fc(x)", {random_tensor({2, 3}, "x")}, [&fc](const std::vector<Tensor>& in) {
             const Tensor h = fc(in[0]);
             return fc(h) + h;
           }};
  for (const Tensor& p : fc.parameters()) c.inputs.push_back(p);
  check_gradients(c);
}

TEST_CASE("the check notices a gradient that is wrong by a part in 10,000") {
  // doctest counts failed CHECKs, so the comparison is made here by hand, on an op with a slip in its
  // backward.
  OpCase c{"x * 1.0001 backward, x forward",
           {random_tensor({3}, "x")},
           [](const std::vector<Tensor>& in) {
             return record("slip", in[0].clone(), {in[0]},
                           [](const Tensor& dy) -> Gradients { return {dy * Real(1.0001)}; });
           }};
  const Tensor gradient = evaluate(c, {true}).gradients[0];
  const std::vector<double> numeric = central_differences(c, 0, random_tensor({3}, "dy"));
  const double error = relative_error(gradient.data(), std::span<const double>(numeric), 1e-3);
  CHECK(error > 0.9e-4);
  CHECK(error < 1.1e-4);
}

}  // namespace
}  // namespace ek
