// Probes find what they should, and leave the model as it was, to the bit; and the verdicts that follow from them.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "apps/lab/claim.h"
#include "apps/lab/claims.h"
#include "apps/lab/probes/batch_noise.h"
#include "apps/lab/probes/sigmoid_inputs.h"
#include "apps/lab/record.h"
#include "apps/lab/statistics.h"
#include "apps/lab/trial.h"
#include "apps/training/keep_state.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/tensor/tensor.h"
#include "tests/lab/lab_support.h"
#include "tests/lab/made_records.h"

namespace ek {
namespace {

TEST_CASE("a model that was kept is again as it was, to the bit, with its running statistics") {
  MadeTraining made("convnet-8x8", "batch");
  const std::string before = made.state();
  {
    const KeepState keep(*made.model);
    (*made.model)(Tensor::full({4, 3, 32, 32}, Real(2)));
    for (Tensor& p : made.model->parameters()) p.fill(3);
    CHECK(made.state() != before);
  }
  CHECK(made.state() == before);
}

TEST_CASE(
    "noise of the batch: none without BatchNorm, less in a large batch; the model stays as it "
    "was") {
  MadeTraining none("convnet-8x8", "none"), batch("convnet-8x8", "batch");
  CHECK(batch_noise(none.training(), 3, 4).noise < 1e-5);
  const std::string before = batch.state();
  const BatchNoise small = batch_noise(batch.training(), 3, 8);
  CHECK(batch.state() == before);
  CHECK(small.noise > 0.01 * small.signal);
  CHECK(small.signal > 0);
  batch.config.batch_size = 128;
  CHECK(batch_noise(batch.training(), 3, 8).noise < 0.5 * small.noise);
}

TEST_CASE("a start's activations are noted without a trace") {
  MadeTraining made("vgg", "batch");
  const std::string before = made.state();
  Training t = made.training();
  initialization().plan(made_setting(2, Preset::full)).front().at_start(t);
  CHECK(made.state() == before);
  CHECK(made.record.at("activation_sd").size() == 7);
  for (const double sd : made.record.at("activation_sd"))
    CHECK(sd == doctest::Approx(1).epsilon(0.1));
}

TEST_CASE("inputs of sigmoids are noted every so many steps, without a trace") {
  MadeTraining made("mlp", "batch");
  const std::string before = made.state();
  Training t = made.training();
  for (t.step = 1; t.step <= 4; ++t.step) note_sigmoid_inputs(t, 2);
  CHECK(made.state() == before);
  CHECK(made.record.at("input_step") == std::vector<double>{2, 4});
  CHECK(made.record.at("input_median").size() == 2 * 6);  // width 1/16: six sigmoids
  CHECK(made.record.at("input_15")[0] <= made.record.at("input_50")[0]);
  CHECK(made.record.at("input_50")[0] == made.record.at("input_median")[0]);
  CHECK(drift(made.record, 1) == 0);
}

TEST_CASE(
    "drift: largest - smallest median from a step on, in standard deviations, mean over the "
    "sigmoids") {
  Record r;
  r.values = {{"input_step", {10, 20, 30}},
              {"input_median", {9, 9, 1, 2, 2, 6}},
              {"input_sd", {1, 1, 2, 4, 2, 4}}};
  CHECK(drift(r, 20) == doctest::Approx((0.5 + 1) / 2));
  CHECK(drift(r, 10) == doctest::Approx((8 / (5. / 3) + 7 / 3.) / 2));
  CHECK(drift(r, 1000) == drift(r, 10));  // ended before
  CHECK(drift(Record{}, 0) == 0);
}

TEST_CASE("regularization: the verdict") {
  auto judged = [](double batch_gap, double none_gap, bool falls) {
    return finding_of(regularization(), made_setting(2), [=](const Trial& trial) {
      const bool batch = trial.config.norm == "batch";
      Record r = run_with({50 - (batch ? batch_gap : none_gap)});
      r.values["train_acc"] = {0.5};
      if (!batch) return r;
      r.values["signal"] = {2};
      r.values["noise"] = {falls ? 1 / double(trial.config.batch_size) : 0.1};
      return r;
    });
  };
  CHECK(verdict_of(judged(10, 20, true)) == Verdict::supported);
  CHECK(verdict_of(judged(10, 20, false)) == Verdict::not_supported);
  CHECK(verdict_of(judged(20, 10, true)) == Verdict::not_supported);
  const Finding none =
      finding_of(regularization(), made_setting(2), [](const Trial&) { return diverged_run(); });
  CHECK(verdict_of(none) == Verdict::inconclusive);  // no run has a gap
}

TEST_CASE("the MLP of sigmoids: the verdict") {
  auto judged = [](const std::vector<double>& batch, const std::vector<double>& none,
                   double batch_drift) {
    return finding_of(sigmoid_mlp(), made_setting(2), [&](const Trial& trial) {
      const bool with = trial.config.norm == "batch";
      Record r = run_with(with ? batch : none, 200);
      r.values["input_step"] = {1000, 2000};
      r.values["input_median"] = {0, with ? batch_drift : 1};
      r.values["input_sd"] = {1, 1};
      for (const char* name : {"input_15", "input_50", "input_85"}) r.values[name] = {0, 0};
      return r;
    });
  };
  const std::vector<double> good(10, 80), slow = {10, 10, 20, 20, 30, 30, 40, 40, 50, 50};
  CHECK(verdict_of(judged(good, slow, 0.5)) == Verdict::supported);
  CHECK(verdict_of(judged(good, slow, 1.5)) == Verdict::not_supported);
  CHECK(verdict_of(judged(slow, good, 0.5)) == Verdict::not_supported);
  const Finding none =
      finding_of(sigmoid_mlp(), made_setting(2), [](const Trial&) { return diverged_run(); });
  CHECK(verdict_of(none) != Verdict::supported);
}

}  // namespace
}  // namespace ek
