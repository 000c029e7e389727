#include "apps/convnet/compare_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>

#include "apps/convnet/norm_name.h"
#include "apps/convnet/table.h"
#include "apps/training/run_data.h"

namespace ek {
namespace {

/// Half of the 95 % interval of a share of 50 % or so that was counted on so many images, in points.
double counting_noise(double accuracy, std::int64_t images) {
  return 196 * std::sqrt(accuracy * (1 - accuracy) / static_cast<double>(images));
}

Term one_seed(const std::vector<Arm>& arms, std::int64_t test_images) {
  std::string meaning =
      "The seed fixes what is drawn by chance: the start weights and the order of the images. All "
      "arms here have the same one, and each was trained once. Another seed alone may move an "
      "accuracy by a point or more";
  const auto tested =
      std::ranges::find_if(arms, [](const Arm& arm) { return !arm.epochs.empty(); });
  if (tested != arms.end() && test_images > 0)
    meaning += fmt::format(
        ", and an accuracy counted on {} test images is itself known to about ±{:.1f} points only",
        test_images, counting_noise(last_accuracy(*tested), test_images));
  return {"From one seed", meaning +
                               ". So AHEAD says who was in front in this one race; several seeds "
                               "would show whether it lasts."};
}

}  // namespace

double last_accuracy(const Arm& arm) {
  return arm.outcome().value_or(arm.epochs.back().watched()).accuracy;
}

std::string watched_images(const RunData& data) { return data.validation ? "validation" : "test"; }

bool is_ahead(const Arm& arm, const std::vector<Arm>& arms) {
  if (arm.has_failed() || arm.epochs.empty()) return false;
  return std::ranges::all_of(arms, [&](const Arm& other) {
    const bool behind =
        other.has_failed() || other.epochs.empty() || last_accuracy(other) < last_accuracy(arm);
    return other.state == Arm::State::done && (&other == &arm || behind);
  });
}

std::string result_sentence(const Arm& a, const Arm& b) {
  const std::string a_name = norm_in_a_sentence(a.norm()), b_name = norm_in_a_sentence(b.norm());
  if (a.has_failed() && b.has_failed())
    return fmt::format("neither {} nor {} stayed finite.", a_name, b_name);
  if (a.has_failed() || b.has_failed())
    return fmt::format("{} is ahead, {}: {} did not stay finite.", a.has_failed() ? b_name : a_name,
                       kFromOneSeed, a.has_failed() ? a_name : b_name);
  const double points = 100 * (last_accuracy(a) - last_accuracy(b));
  const std::string who = points == 0 ? "they are level"
                                      : fmt::format("{} is ahead by {:.2f} points",
                                                    points > 0 ? a_name : b_name, std::abs(points));
  return fmt::format("test accuracy after the last epoch, epoch {}: {} {}, {} {}; {}, {}.",
                     a.epochs.back().epoch, norm_name(a.norm()), percent(last_accuracy(a)),
                     norm_name(b.norm()), percent(last_accuracy(b)), who, kFromOneSeed);
}

std::string best_words(std::size_t epochs, const RunData& data) {
  return fmt::format("best of {} epoch{}, {}", epochs, epochs == 1 ? "" : "s", how_chosen(data));
}

std::string how_chosen(const RunData& data) {
  return data.validation ? "chosen on the validation images"
                         : "chosen on the test images: optimistic";
}

std::vector<Term> compare_terms(const std::vector<Arm>& arms, const RunData& data) {
  const double classes = static_cast<double>(std::ssize(data.info.class_names));
  std::vector<Term> terms = {
      {"Arm", "One of the networks that are compared. They differ in the norm alone."},
      {"Epoch", "One pass over all training images."},
      {"Accuracy",
       fmt::format("The share of the images whose class the network names rightly; guessing among "
                   "{:g} classes gives some {:.3g} %. On the training images it may know them by "
                   "heart: what counts is the accuracy on the test images, which it never learns "
                   "from. Differences are given in points: from 60 % to 62 % is 2 points.",
                   classes, 100 / classes)},
      {"Loss", fmt::format("What the training makes small: how far the probabilities that the "
                           "network gives lie from the true classes. 0 would be perfect; {:.2f}, "
                           "the logarithm of the number of classes, is guessing.",
                           std::log(classes))},
      {"Best epoch", "The epoch with the highest accuracy on the " + watched_images(data) +
                         " images. The highest of several readings is partly luck, so its figure "
                         "is optimistic: a fresh set of images would give less. The last epoch's "
                         "figure was not chosen, and is the result."},
      one_seed(arms, data.test->size()),
      {"Activation and gradient",
       "An activation is a number that a layer puts out. A gradient says how the loss would change "
       "with a weight; where gradients are tiny in the first layers, these hardly learn."},
      {"Log scale",
       "On such an axis equal distances are equal ratios: from 1 to 10 is as far as from 10 to "
       "100."}};
  if (std::ranges::any_of(arms, &Arm::has_failed))
    terms.push_back(
        {"NON-FINITE",
         "The numbers of this run became too large for the computer (infinite, or no number at "
         "all), mostly because the learning rate is too high. It has learnt nothing."});
  return terms;
}

}  // namespace ek
