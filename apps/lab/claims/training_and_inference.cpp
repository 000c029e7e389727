// Longer than usual: a claim is read as one: plan, measures, verdict and words.
// "Training: uses batch statistics; inference: uses running averages", and what happens to who forgets model.eval().
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "apps/lab/claim.h"
#include "apps/lab/claims.h"
#include "apps/lab/figures.h"
#include "apps/lab/probes/flipped_image.h"
#include "apps/lab/probes/modes.h"
#include "apps/lab/record.h"
#include "apps/lab/statistics.h"
#include "apps/lab/trial.h"
#include "apps/report/page.h"
#include "apps/training/config.h"

namespace ek {
namespace {

const std::vector<double> kSizes = {1, 2, 8, 32, 128};
constexpr std::int64_t kSmall =
    8;  // the size of the batches of the flipped image and of the pass that is forgotten

struct Net {
  std::string model;
  double quick_width;
  std::int64_t quick_batch, quick_steps, quick_tests, full_tests;
};
const std::vector<Net> kNets = {{"convnet-8x8", 0.5, 128, 150, 1000, 10000},
                                {"resnet20", 0.25, 64, 150, 400, 2000}};
const std::string kNote = kNets[0].model, kMapsOnly = kNets[1].model;

/// A mode and an order, by the name of what is noted.
struct Way {
  std::string key, title;
};
const std::vector<Way> kWays = {{"accuracy_inference_shuffled", "inference mode, shuffled"},
                                {"accuracy_inference_sorted", "inference mode, sorted"},
                                {"accuracy_training_shuffled", "training mode, shuffled"},
                                {"accuracy_training_sorted", "training mode, sorted"}};

/// The test images in two random orders and by their class.
struct Orders {
  explicit Orders(const Training& t)
      : a(shuffled(*t.data.test, t.config.seed, 0)),
        b(shuffled(*t.data.test, t.config.seed, 1)),
        by_class(sorted_by_class(*t.data.test)) {}
  Indices a, b, by_class;
};

/// Accuracies for all orders, and how many images change their class from one shuffle to the other.
void measure(Training& t, const Orders& orders, std::int64_t size, Mode mode) {
  const std::string name = mode == Mode::training ? "training" : "inference";
  auto ask = [&](const Indices& order) {
    return probabilities(t.model, t.data, order, size, mode);
  };
  const Probabilities a = ask(orders.a), b = ask(orders.b);
  t.note("accuracy_" + name + "_shuffled", accuracy_of(a, *t.data.test));
  t.note("accuracy_" + name + "_sorted", accuracy_of(ask(orders.by_class), *t.data.test));
  t.note("changed_" + name, changed(a, b));
  if (t.config.model == kNote && mode == Mode::training && size == kSmall)
    note_flip(t, {orders.a, a}, {orders.b, b}, size,
              probabilities(t.model, t.data, orders.a, size, Mode::inference));
}

void measure_all(Training& t) {
  const Orders orders(t);
  for (const double size : kSizes)
    for (const Mode mode : {Mode::training, Mode::inference})
      measure(t, orders, static_cast<std::int64_t>(size), mode);
  t.note("accuracy_after_a_pass", accuracy_after_a_pass(t.model, t.data, orders.by_class, kSmall));
}

std::vector<Trial> plan(const Setting& setting) {
  std::vector<Trial> trials;
  for (const std::uint64_t seed : setting.seeds)
    for (const Net& net : kNets) {
      TrainConfig config = setting.config(seed, setting.pick(10000, 50000),
                                          setting.pick(net.quick_tests, net.full_tests),
                                          setting.pick<std::int64_t>(net.quick_steps, 2000));
      config.model = net.model;
      config.width = setting.pick(net.quick_width, 1.0);
      config.batch_size = setting.pick<std::int64_t>(net.quick_batch, 128);
      config.lr = 0.02;
      trials.push_back({.arm = net.model, .config = config, .at_end = measure_all});
    }
  return trials;
}

/// The value that was noted for this size; NaN where the run became non-finite or such batches were refused.
double at_size(const Record& record, const std::string& name, double size) {
  const auto at = static_cast<std::size_t>(std::ranges::find(kSizes, size) - kSizes.begin());
  return record.has(name) ? record.at(name)[at] : std::numeric_limits<double>::quiet_NaN();
}

/// In inference mode: the largest accuracy minus the smallest, over all sizes and both orders.
double spread(const Record& record) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const double size : kSizes)
    for (std::size_t way = 0; way < 2; ++way) {
      const double accuracy = at_size(record, kWays[way].key, size);
      if (std::isnan(accuracy)) return accuracy;
      low = std::min(low, accuracy);
      high = std::max(high, accuracy);
    }
  return high - low;
}

double after_a_pass(const Record& record) {
  return record.has("accuracy_after_a_pass") ? record.last("accuracy_after_a_pass")
                                             : std::numeric_limits<double>::quiet_NaN();
}

/// The judge's measures, for all seeds.
struct Measures {
  const Setting& setting;
  const Records& records;
  std::vector<double> of(const std::string& net,
                         const std::function<double(const Record&)>& measure) const {
    return records.each(net, setting.seeds, measure);
  }
  std::vector<double> of(const std::string& net, const std::string& name, double size) const {
    return of(net, [&](const Record& r) { return at_size(r, name, size); });
  }
  /// Accuracy in inference mode - in training mode.
  Test lost(const std::string& net, const std::string& order, double size, Rule rule) const {
    return {fmt::format("{}, batches of {:g}, {}: inference minus training mode", net, size, order),
            "points",
            paired(of(net, "accuracy_inference_" + order, size),
                   of(net, "accuracy_training_" + order, size)),
            rule};
  }
};

std::vector<Test> tests_of(const Measures& m) {
  const std::vector<double> zeros(m.setting.seeds.size(), 0);
  return {
      m.lost(kNote, "sorted", kSmall, above(5)),
      m.lost(kNote, "shuffled", 2, above(5)),
      {"images whose class changes, batches of 8: training minus inference mode", "points",
       paired(m.of(kNote, "changed_training", kSmall), m.of(kNote, "changed_inference", kSmall)),
       above(1)},
      {"inference mode, over all batches: largest minus smallest", "points",
       paired(m.of(kNote, spread), zeros), within(0.5)}};
}

std::vector<Test> asides_of(const Measures& m) {
  return {m.lost(kNote, "shuffled", 128, within(2)),
          m.lost(kMapsOnly, "sorted", kSmall, above(5)),
          m.lost(kMapsOnly, "shuffled", 1, above(5)),
          {"inference mode: before minus after one pass in training mode", "points",
           paired(m.of(kNote, "accuracy_inference_sorted", kSmall), m.of(kNote, after_a_pass)),
           above(0)}};
}

Plot accuracy_plot(const Measures& m, const std::string& net) {
  Plot plot = {.title = net + ": accuracy on the test images, by the batches that they come in",
               .x_label = "images in a test batch",
               .y_label = "test accuracy, %",
               .series = {},
               .log_x = true};
  for (const Way& way : kWays) {
    std::vector<std::vector<double>> runs;
    for (const std::uint64_t seed : m.setting.seeds)
      if (const Record& r = m.records.at(net, seed); r.has(way.key)) runs.push_back(r.at(way.key));
    plot.series.push_back(over_seeds(way.title, kSizes, runs));
  }
  return plot;
}

Plot changes_plot(const Measures& m) {
  Plot plot = {
      .title = "Images whose predicted class depends on their neighbours (two shuffles compared)",
      .x_label = "images in a test batch",
      .y_label = "images, %",
      .series = {},
      .log_x = true};
  for (const Net& net : kNets)
    for (const char* mode : {"training", "inference"}) {
      std::vector<std::vector<double>> runs;
      for (const std::uint64_t seed : m.setting.seeds)
        if (const Record& r = m.records.at(net.model, seed); r.has("changed_training"))
          runs.push_back(r.at(std::string("changed_") + mode));
      plot.series.push_back(over_seeds(fmt::format("{}, {} mode", net.model, mode), kSizes, runs));
    }
  return plot;
}

Table table_of(const Measures& m, const std::string& net) {
  Table table = {.caption = net + ": accuracy in percent, mean and sd over the seeds",
                 .rows = {{"images in a batch"}},
                 .align = "rrrrrr"};
  for (const Way& way : kWays) table.rows[0].push_back(way.title);
  table.rows[0].push_back("class changes, %");
  auto cell = [&](const std::string& name, double size) -> std::string {
    const std::vector<double> values = m.of(net, name, size);
    if (!std::ranges::all_of(values, [](double v) { return std::isnan(v); }))
      return mean_and_sd(values);
    return m.records.at(net, m.setting.seeds.front()).diverged > 0 ? "non-finite" : "refused";
  };
  for (const double size : kSizes) {
    table.rows.push_back({short_number(size)});
    for (const Way& way : kWays) table.rows.back().push_back(cell(way.key, size));
    table.rows.back().push_back(cell("changed_training", size));
  }
  return table;
}

std::string summary_of(const Measures& m) {
  auto mean = [&](const char* name, double size) { return mean_of(m.of(kNote, name, size)); };
  return fmt::format(
      "In inference mode {} gets {:.1f} %, whatever the batches. With the same weights in training "
      "mode it gets {:.1f} % on shuffled batches of 128, {:.1f} % on shuffled batches of 8 and "
      "{:.1f} % on batches of 8 that are sorted by class; {:.0f} % of the images are given another "
      "class when only their 7 neighbours change. A batch of one image is refused, because of its "
      "BatchNorm1d; {}, which has BatchNorm2d only, answers it, with {:.1f} % against {:.1f} % in "
      "inference mode.",
      kNote, mean("accuracy_inference_shuffled", kSmall), mean("accuracy_training_shuffled", 128),
      mean("accuracy_training_shuffled", kSmall), mean("accuracy_training_sorted", kSmall),
      mean("changed_training", kSmall), kMapsOnly,
      mean_of(m.of(kMapsOnly, "accuracy_training_shuffled", 1)),
      mean_of(m.of(kMapsOnly, "accuracy_inference_shuffled", 1)));
}

Finding judge_modes(const Setting& setting, const Records& records) {
  const Measures m = {setting, records};
  Finding finding = {.tests = tests_of(m), .summary = summary_of(m), .asides = asides_of(m)};
  finding.plots = {accuracy_plot(m, kNote), accuracy_plot(m, kMapsOnly), changes_plot(m)};
  for (const std::uint64_t seed : setting.seeds) {
    const Record& record = records.at(kNote, seed);
    if (!record.has("flip_label")) continue;
    finding.pictures = flip_pictures(record);
    finding.tables.push_back(flip_table(record));
    break;
  }
  for (const Net& net : kNets) finding.tables.push_back(table_of(m, net.model));
  finding.caveats = {
      "The image shown is chosen: of all that flip, the one of which training mode is most certain "
      "both times.",
      "The passes in training mode only measure: the running statistics are put back after each. "
      "In a program that forgets model.eval() they move; the last of the other inequalities says "
      "what one such pass, over sorted batches of 8, takes from the accuracy in inference mode.",
      "Sorted batches are the worst case, such as images read folder by folder. Where a class "
      "ends, a batch has two.",
      "Batches that do not divide the images are made a little larger, so that all images count."};
  return finding;
}

}  // namespace

Claim training_and_inference() {
  return {
      .id = "training-and-inference",
      .title = "Training mode and inference mode",
      .sentence =
          "Training: Uses batch statistics; Inference: Uses running averages. Forgetting "
          "model.eval(): Using batch statistics at inference",
      .hypothesis =
          "In inference mode, which uses running averages, the answer for an image does not depend "
          "on the batch that it comes in. In training mode, which uses batch statistics, it does: "
          "the same weights lose accuracy on small batches and on batches of one class, and images "
          "change their class with their neighbours.",
      .arms =
          "The note's network (convnet-8x8, in quick with half of its channels), trained with "
          "BatchNorm, then asked in both modes, with test batches of 1, 2, 8, 32 and 128 images, "
          "shuffled and sorted by class. Beside it resnet20 (in quick with a quarter of its "
          "channels), whose norms are BatchNorm2d only: it answers for one image in training mode "
          "too, from the H x W values of each map. SGD with momentum 0.9 and rate 0.02.",
      .measure =
          "Test accuracy, and the share of the images whose predicted class differs between two "
          "shuffles of the batches. A run that becomes non-finite has neither: it leaves the claim "
          "open.",
      .rule =
          "SUPPORTED if the intervals say, for the note's network: training mode loses more than 5 "
          "points on sorted batches of 8, and on shuffled batches of 2; more than 1 % of the "
          "images change their class with the neighbours in batches of 8, beyond those in "
          "inference mode; and in inference mode the accuracy stays within 0.5 points over all "
          "batches.",
      .plan = plan,
      .judge = judge_modes};
}

}  // namespace ek
