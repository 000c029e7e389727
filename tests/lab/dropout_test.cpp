#include <cstdint>
#include <memory>
#include <vector>

#include <doctest/doctest.h>

#include "apps/lab/claim.h"
#include "apps/lab/probes/dropout_convnet.h"
#include "apps/lab/probes/dropout_shift.h"
#include "apps/lab/statistics.h"
#include "apps/lab/trial.h"
#include "evenkeel/core/ops/random.h"
#include "evenkeel/core/tensor/autograd.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/layers/layer.h"
#include "evenkeel/layers/make_norm.h"
#include "evenkeel/models/registry.h"
#include "tests/lab/lab_support.h"
#include "tests/support/compare.h"

namespace ek {
namespace {

TEST_CASE("behind dropout, BatchNorm's running variance of standard normal values is 1 / keep") {
  default_generator() = {7, 3};
  for (const double keep : {0.2, 0.5, 0.8, 1.0})
    for (const std::uint64_t seed : {1u, 2u, 3u}) {
      const NormalShift shift = normal_shift(keep, seed);
      CAPTURE(keep);
      CHECK(std::abs(shift.running_var - 1 / keep) <= 3 * shift.error);
      CHECK(shift.error < 0.05 / keep);
      CHECK(shift.eval_var == doctest::Approx(keep).epsilon(0.06));  // of 8,000 values
    }
  CHECK(default_generator().seed == 7);
  CHECK(default_generator().position == 3);
}

TEST_CASE("the ratio of variances takes the larger over the smaller") {
  const Shift shift = shift_between(std::vector<double>{2, 1, 5}, std::vector<double>{1, 4, 0});
  CHECK(shift.ratio == doctest::Approx(3));
  CHECK(shift.moving_over_real == doctest::Approx(1.125));
  CHECK(shift_between(std::vector<double>{1}, std::vector<double>{0}).ratio == 1);
}

TEST_CASE(
    "the network of the claim on dropout is convnet-8x8: the same names, start weights and "
    "results") {
  const ModelOptions options = {.width = 0.125};
  DropoutConvNet with(options, 0.5, 0.5);
  const std::unique_ptr<Layer> without = make_model("convnet-8x8", options);
  with.initialize({3});
  without->initialize({4});
  without->load_state_dict(with.state_dict());
  const EvalMode a(with), b(*without);
  const NoGrad no_grad;
  Tensor x({2, 3, 32, 32});
  fill_normal(x, 0, 1, Stream(1));
  CHECK(relative_error(with(x), (*without)(x)) == 0);
}

TEST_CASE("without a norm, dropout in front of the relu and behind it are the same") {
  const ModelOptions options = {.norm = {.norm = Norm::none}, .width = 0.125};
  DropoutConvNet before(options, 0.5, 0), behind(options, 0, 0.5);
  before.initialize({1});
  behind.initialize({1});
  Tensor x({2, 3, 32, 32});
  fill_normal(x, 0, 1, Stream(1));
  manual_seed(5);
  const Tensor y = before(x);
  manual_seed(5);
  CHECK(relative_error(behind(x), y) == 0);
}

Finding with_accuracies(double alone, double dropout_first, double batch_first) {
  return judged("dropout", [&](const Trial& trial) {
    const double a = trial.arm == "batch"           ? alone
                     : trial.arm == "dropout-batch" ? dropout_first
                     : trial.arm == "batch-dropout" ? batch_first
                                                    : 40;
    return accuracy_run(a, trial);
  });
}

TEST_CASE("dropout: BatchNorm alone is to be better than with dropout in either order") {
  CHECK(verdict_of(with_accuracies(50, 45, 48)) == Verdict::supported);
  CHECK(verdict_of(with_accuracies(50, 45, 52)) == Verdict::not_supported);
}

TEST_CASE(
    "dropout: runs that became non-finite count as guessing, and what they did not measure is left "
    "out") {
  const Finding finding = judged("dropout", [](const Trial& trial) {
    return trial.config.norm == "none" ? diverged_run()
                                       : accuracy_run(trial.arm == "batch" ? 50 : 40, trial);
  });
  CHECK(verdict_of(finding) == Verdict::supported);
  CHECK(finding.asides.size() == 1);  // the accuracies of the two orders
  CHECK(finding.tables[0].rows[1][1].starts_with("10.0"));
  CHECK(finding.tables[0].rows[1][3].empty());
}

TEST_CASE("dropout: every run gives what the claim's tests and figures need") {
  const Finding finding = run_shortened("dropout");
  CHECK(finding.tests.size() == 2);
  CHECK(finding.asides.size() == 10);
}

}  // namespace
}  // namespace ek
