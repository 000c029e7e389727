// Training mode against inference mode: the measures, the flipped image, the verdict.
#include "apps/lab/probes/modes.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "apps/lab/claim.h"
#include "apps/lab/probes/flipped_image.h"
#include "apps/lab/record.h"
#include "apps/lab/statistics.h"
#include "apps/lab/trial.h"
#include "apps/report/page.h"
#include "apps/training/config.h"
#include "apps/training/digest.h"
#include "apps/training/run_data.h"
#include "evenkeel/models/convnet.h"
#include "evenkeel/optim/sgd.h"
#include "tests/lab/lab_support.h"

namespace ek {
namespace {

TEST_CASE(
    "batches: of the size asked for, and where they do not divide the images a little larger") {
  CHECK(batches_of({5, 3, 1, 0, 2, 4}, 3) == std::vector<Indices>{{5, 3, 1}, {0, 2, 4}});
  CHECK(batches_of({0, 1, 2, 3, 4}, 2) == std::vector<Indices>{{0, 1}, {2, 3, 4}});
  CHECK(batches_of({0, 1, 2}, 8) == std::vector<Indices>{{0, 1, 2}});
}

TEST_CASE("orders: by class, or at random") {
  const RunData data = synthetic_data(40);  // image i has class i % 10
  const Indices sorted = sorted_by_class(*data.test);
  CHECK(std::vector(sorted.begin(), sorted.begin() + 5) == Indices{0, 10, 20, 30, 1});
  Indices random = shuffled(*data.test, 1, 0);
  CHECK(random != shuffled(*data.test, 1, 1));
  CHECK(random != shuffled(*data.test, 2, 0));
  CHECK(random == shuffled(*data.test, 1, 0));
  std::ranges::sort(random);
  CHECK(random.back() == 39);
}

TEST_CASE("accuracy and changed classes") {
  const RunData data = synthetic_data(3);  // labels 0, 1, 2
  const Probabilities a = {{0.9, 0.1, 0}, {0.2, 0.7, 0.1}, {0.5, 0.3, 0.2}};
  const Probabilities b = {{0.4, 0.6, 0}, {0.2, 0.7, 0.1}, {0.1, 0.1, 0.8}};
  CHECK(accuracy_of(a, *data.test) == doctest::Approx(200. / 3));
  CHECK(changed(a, b) == doctest::Approx(200. / 3));
  CHECK(changed(a, a) == 0);
  CHECK(std::isnan(accuracy_of({}, *data.test)));
  CHECK(std::isnan(changed(a, {})));
  CHECK(most_certain_flip(a, b) == 0u);  // 0.6 against the third's 0.5
  CHECK(!most_certain_flip(a, a));
  CHECK(!most_certain_flip({}, {}));
}

TEST_CASE(
    "inference mode does not see the neighbours, training mode does, and asking changes nothing") {
  const RunData data = synthetic_data(24);
  ConvNet model({.width = 1. / 16}, 4);
  model.initialize({1});
  const Indices sorted = sorted_by_class(*data.test), random = shuffled(*data.test, 1, 0);
  const std::string before = sha256(model.state_dict());
  const Probabilities one = probabilities(model, data, sorted, 1, Mode::inference);
  const Probabilities eight = probabilities(model, data, random, 8, Mode::inference);
  for (std::size_t i = 0; i < one.size(); ++i)
    for (std::size_t k = 0; k < one[i].size(); ++k)
      CHECK(one[i][k] == doctest::Approx(eight[i][k]));
  CHECK(probabilities(model, data, sorted, 8, Mode::training) !=
        probabilities(model, data, random, 8, Mode::training));
  CHECK(probabilities(model, data, sorted, 1, Mode::training).empty());  // its BatchNorm1d refuses
  accuracy_after_a_pass(model, data, sorted, 8);
  CHECK(sha256(model.state_dict()) == before);
  CHECK(model.training());
}

TEST_CASE("a flipped image is shown from the record alone") {
  const RunData data = synthetic_data(6);
  ConvNet model({.width = 1. / 16}, 4);
  SGD optimizer(model.parameters(), {.lr = 0.1});
  const TrainConfig config;
  Record record;
  Training t = {config, data, model, optimizer, nullptr, 0, record};
  Probabilities a(6, std::vector<double>(10, 0.1)), b = a;
  b[4][2] = 0.6;  // class 0 in a, the first of equal ones, and class 2 in b
  note_flip(t, {{0, 1, 2, 3, 4, 5}, a}, {{5, 4, 3, 2, 1, 0}, b}, 3, a);
  CHECK(record.last("flip_label") == 4);
  CHECK(record.at("flip_labels_a") == std::vector<double>{4, 3, 5});  // itself first
  CHECK(record.at("flip_labels_b") == std::vector<double>{4, 5, 3});

  const std::vector<Picture> pictures = flip_pictures(record);
  REQUIRE(pictures.size() == 2);
  CHECK(pictures[0].width == 3 * 32 + 2 * 2);
  std::vector<std::uint8_t> image(3 * 32 * 32);
  data.test->image(5, image);
  // the third image in the row of a: pixel (9, 11) of the third channel
  CHECK(pictures[0]
            .pixels[static_cast<std::size_t>((2 * 32 + 9) * pictures[0].width + 2 * 34 + 11)] ==
        image[(2 * 32 + 9) * 32 + 11]);
  const std::string name = data.info.class_names[2];
  CHECK(pictures[1].caption.find("taken for " + name + " (60 %)") != std::string::npos);
  CHECK(flip_table(record).rows[2][2].starts_with(name + " 60 %"));
}

/// Accuracies of the two modes in all batches, and the share that flips.
Finding with(double inference, double training, double changed_in_training,
             double small_inference_batches = 0) {
  return judged("training-and-inference", [&](const Trial& trial) {
    auto five = [&](double value) { return std::vector<double>(5, about(value, trial)); };
    Record record = {.values = {{"classes", {10}},
                                {"accuracy_inference_shuffled", five(inference)},
                                {"accuracy_inference_sorted", five(inference)},
                                {"accuracy_training_shuffled", five(training)},
                                {"accuracy_training_sorted", five(training)},
                                {"changed_training", five(changed_in_training)},
                                {"changed_inference", five(0)},
                                {"accuracy_after_a_pass", {training}}}};
    record.values["accuracy_inference_sorted"][0] += small_inference_batches;
    record.values["accuracy_training_sorted"][0] = std::nan("");  // refused
    return record;
  });
}

TEST_CASE("training and inference: the verdict") {
  CHECK(verdict_of(with(50, 30, 40)) == Verdict::supported);
  CHECK(verdict_of(with(50, 49, 40)) == Verdict::not_supported);  // nothing is lost
  CHECK(verdict_of(with(50, 30, 0)) == Verdict::not_supported);   // no neighbour matters
  CHECK(verdict_of(with(50, 30, 40, 5)) ==
        Verdict::not_supported);             // inference mode depends on the batch
  CHECK(with(50, 30, 40).pictures.empty());  // no image was noted
}

TEST_CASE("training and inference: runs that became non-finite decide nothing, and break nothing") {
  const Finding finding =
      judged("training-and-inference", [](const Trial&) { return diverged_run(); });
  CHECK(verdict_of(finding) == Verdict::inconclusive);
}

}  // namespace
}  // namespace ek
