// Every op of the table: against naive loops, repeatable for any number of threads, and polite to its inputs.
// Built with Real = float and with Real = double; with double, gradients are checked against central
// differences too.
#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <limits>
#include <set>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "evenkeel/core/base/conv_shape.h"
#include "evenkeel/core/base/pair.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/machine/parallel.h"
#include "evenkeel/core/machine/profile.h"
#include "evenkeel/core/ops/loss.h"
#include "evenkeel/core/ops/random.h"
#include "evenkeel/core/tensor/autograd.h"
#include "evenkeel/core/tensor/tensor.h"
#include "tests/support/compare.h"
#include "tests/support/gradcheck.h"
#include "tests/support/naive.h"
#include "tests/support/op_table.h"

namespace ek {
namespace {

constexpr bool kDouble = std::is_same_v<Real, double>;
constexpr double kTolerance = kDouble ? 1e-13 : 2e-6;
// Winograd's transforms multiply by up to 8 and cancel: its error is several times that of a plain sum. README states it.
constexpr double kWinogradTolerance = kDouble ? 1e-12 : 1.5e-5;

TEST_CASE("every op computes what a naive loop computes") {
  for (const OpCase& c : op_table()) {
    CAPTURE(c.name);
    if (!c.reference) continue;
    NoGrad no_grad;
    const Tensor y = c.run(c.inputs);
    CHECK(relative_error(y.data(), std::span<const double>(c.reference(c.inputs)), 1e-3) <=
          kTolerance);
  }
}

TEST_CASE("without gradients an op records nothing and gives the same bits") {
  for (const OpCase& c : op_table()) {
    CAPTURE(c.name);
    const Tensor recorded = evaluate(c, std::vector<bool>(c.inputs.size(), true)).y;
    CHECK(live_nodes() == 0);
    NoGrad no_grad;
    std::vector<Tensor> inputs = c.inputs;
    for (Tensor& input : inputs) input.requires_grad(true);
    const Tensor y = c.run(inputs);
    CHECK(live_nodes() == 0);
    CHECK(same_bits(y, recorded));
    for (Tensor& input : inputs) input.requires_grad(false);
  }
}

TEST_CASE("a profile has every op, forward and backward, and what each had to move") {
  const std::set<std::string> views = {"flatten", "reshape"};
  const std::set<std::string> sums = {"a + b", "x + x", "a chain of sums of one tensor",
                                      "x + reshape x"};
  for (const OpCase& c : op_table()) {
    CAPTURE(c.name);
    if (c.name == "dropout 0") continue;  // is x itself
    std::vector<ProfileEvent> events;
    const Profiling profiling(events);
    evaluate(c, std::vector<bool>(c.inputs.size(), true));
    double bytes[2] = {0, 0};  // forward, backward
    std::size_t rows[2] = {0, 0};
    for (const ProfileEvent& e : events)
      if (e.name != "dot backward") {  // the loss of evaluate
        const bool backward = e.name.ends_with(" backward");
        bytes[backward] += e.bytes;
        ++rows[backward];
      }
    CHECK((rows[0] > 0 && rows[1] > 0));
    CHECK((bytes[0] > 0) == !views.contains(c.name));
    CHECK((bytes[1] > 0) == !(views.contains(c.name) ||
                              sums.contains(c.name)));  // the gradient of a sum is dy itself
  }
}

TEST_CASE("the number of threads changes no bit, forward or backward") {
  const int before = num_threads();
  for (const OpCase& c : op_table()) {
    CAPTURE(c.name);
    const std::vector<bool> all(c.inputs.size(), true);
    set_num_threads(1);
    const Outcome one = evaluate(c, all);
    set_num_threads(3);
    const Outcome three = evaluate(c, all);
    CHECK(same_bits(one.y, three.y));
    for (std::size_t i = 0; i < all.size(); ++i)
      CHECK(same_bits(one.gradients[i], three.gradients[i]));
  }
  set_num_threads(before);
}

TEST_CASE("the gradient of one input does not depend on which others want theirs") {
  for (const OpCase& c : op_table()) {
    CAPTURE(c.name);
    const auto subsets = wanted_subsets(c.inputs.size());
    const Outcome all = evaluate(c, subsets[0]);
    for (const std::vector<bool>& wanted : subsets) {
      const Outcome some = evaluate(c, wanted);
      for (std::size_t i = 0; i < wanted.size(); ++i)
        if (wanted[i])
          CHECK(same_bits(some.gradients[i], all.gradients[i]));
        else
          CHECK_FALSE(bool(some.gradients[i]));
    }
  }
}

#ifdef EVENKEEL_REAL_DOUBLE
TEST_CASE("every gradient is the limit of its difference quotients") {
  for (const OpCase& c : op_table()) check_gradients(c);
}
#endif

TEST_CASE("dropout keeps x / (1 - p) or nothing, forward and backward, as the stream says") {
  constexpr double p = 0.25;
  const OpCase c{"dropout", {random_tensor({100, 100}, "x")}, [](const std::vector<Tensor>& in) {
                   return dropout(in[0], p, Stream(5, "dropout"));
                 }};
  const Outcome outcome = evaluate(c, {true});
  const Tensor x = c.inputs[0], dy = random_tensor({100, 100}, "dy");
  const Real scale = static_cast<Real>(1 / (1 - p));
  int kept = 0;
  for (std::size_t i = 0; i < x.data().size(); ++i) {
    const bool keep = outcome.y.data()[i] != 0;
    kept += keep;
    CHECK(outcome.y.data()[i] == (keep ? x.data()[i] * scale : 0));
    CHECK(outcome.gradients[0].data()[i] == (keep ? dy.data()[i] * scale : 0));
  }
  CHECK(std::abs(kept - 7500) < 4 * 43);  // four standard deviations
  CHECK(same_bits(evaluate(c, {true}).y, outcome.y));
  CHECK_FALSE(same_bits(dropout(x, p, Stream(6, "dropout")), outcome.y));
}

TEST_CASE("the largest value of a row: the first of equal ones, and never right beside a NaN") {
  const Real nan = std::numeric_limits<Real>::quiet_NaN();
  const Tensor x = Tensor::from({4, 3}, {1, 3, 2, 5, 5, 0, -1, -2, -3, 7, nan, 8});
  const std::vector<int> largest = argmax_rows(x);
  CHECK(std::vector<int>(largest.begin(), largest.begin() + 3) == std::vector<int>{1, 0, 0});
  CHECK(count_correct(x, std::vector<int>{1, 0, 0, 2}) == 3);
  CHECK(count_correct(x, std::vector<int>{1, 1, 1, 1}) == 1);
}

struct ConvCase {
  Shape x, weight;
  bool bias;
  Conv2dOptions options;
};

// Sizes at and beside the widths of vector code, and of the layers of real models.
const std::vector<ConvCase> kConvs = {
    {{3, 3, 32, 32}, {64, 3, 3, 3}, true, {.padding = 1}},
    {{2, 16, 16, 16}, {16, 16, 3, 3}, false, {.padding = 1}},
    {{2, 32, 8, 8}, {64, 32, 3, 3}, true, {.padding = 1}},
    {{1, 64, 8, 8}, {64, 64, 3, 3}, false, {.padding = 1}},
    {{5, 31, 7, 9}, {33, 31, 3, 3}, true, {.padding = 1}},
    {{2, 32, 17, 15}, {32, 32, 3, 3}, true, {.padding = 1}},
    {{1, 16, 5, 33}, {48, 16, 3, 3}, false, {}},
    {{2, 16, 16, 16}, {32, 16, 3, 3}, false, {.stride = 2, .padding = 1}},
    {{2, 16, 16, 16}, {32, 16, 1, 1}, false, {.stride = 2}},
    {{2, 32, 4, 4}, {32, 32, 1, 1}, true, {}},
    {{2, 8, 12, 12}, {16, 8, 5, 5}, true, {.padding = 2}},
    {{2, 32, 9, 9}, {32, 1, 3, 3}, true, {.padding = 1, .groups = 32}},
    {{2, 32, 9, 9}, {64, 16, 3, 3}, true, {.padding = 1, .groups = 2}},
    {{2, 16, 12, 11}, {32, 16, 3, 3}, true, {.padding = 2, .dilation = 2}},
};

TEST_CASE("convolution computes what six nested loops compute, and so do its gradients") {
  for (const ConvCase& c : kConvs) {
    CAPTURE(c.x);
    CAPTURE(c.weight);
    OpCase op{"conv2d",
              {random_tensor(c.x, "x"), random_tensor(c.weight, "weight")},
              [&c](const auto& in) {
                return conv2d(in[0], in[1], in.size() > 2 ? in[2] : Tensor(), c.options);
              }};
    if (c.bias) op.inputs.push_back(random_tensor({c.weight[0]}, "bias"));
    const Outcome outcome = evaluate(op, std::vector<bool>(op.inputs.size(), true));
    const Tensor bias = c.bias ? op.inputs[2] : Tensor(),
                 dy = random_tensor(outcome.y.shape(), "dy");
    const naive::Conv expected = naive::conv2d(op.inputs[0], op.inputs[1], bias, c.options, dy);
    auto error = [](const Tensor& actual, const naive::Values& values) {
      return relative_error(actual.data(), std::span<const double>(values));
    };
    const bool winograd = c.weight[2] == 3 && c.weight[3] == 3 && c.weight[0] % 16 == 0 &&
                          c.weight[1] % 16 == 0 && c.options.stride == Pair(1);
    const double tolerance = winograd ? kWinogradTolerance : kTolerance;
    CHECK(error(outcome.y, expected.y) <= tolerance);
    CHECK(error(outcome.gradients[0], expected.dx) <= tolerance);
    CHECK(error(outcome.gradients[1], expected.dweight) <= tolerance);
    if (c.bias) CHECK(error(outcome.gradients[2], expected.dbias) <= kTolerance);
  }
}

}  // namespace
}  // namespace ek
