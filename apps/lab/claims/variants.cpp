// "Batch Norm: CNNs, most common": the note's four variants in one network, at an ordinary batch size.
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "apps/lab/claim.h"
#include "apps/lab/claims.h"
#include "apps/lab/figures.h"
#include "apps/lab/probes/small_convnet.h"
#include "apps/lab/record.h"
#include "apps/lab/statistics.h"
#include "apps/lab/trial.h"
#include "apps/report/page.h"
#include "apps/training/config.h"
#include "evenkeel/core/base/norm_view.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/ops/normalize.h"

namespace ek {
namespace {

struct Variant {
  std::string name, norm;
};
const std::vector<Variant> kVariants = {{"BatchNorm", "batch"},
                                        {"layer norm", "layer"},
                                        {"instance norm", "instance"},
                                        {"group norm", "group"},
                                        {"without norm", "none"}};
const std::vector<double> kRates = {0.005, 0.015, 0.05};
constexpr std::int64_t kGroups = 4, kBatch = 128;
constexpr double kMargin = 1;            // points: by so much BatchNorm may be worse
constexpr std::size_t kStepsAPoint = 8;  // of the curves of the loss

std::string arm(const std::string& norm, double rate) { return norm + "-lr-" + short_number(rate); }

std::vector<Trial> plan(const Setting& setting) {
  std::vector<Trial> trials;
  for (const std::uint64_t seed : setting.all_seeds())
    for (const double rate : kRates)
      for (const auto& [name, norm] : kVariants) {
        TrainConfig config = setting.config(seed, setting.pick(10240, 30000),
                                            setting.pick(2000, 10000), setting.pick(80, 1880));
        config.batch_size = kBatch;
        config.norm = norm;
        config.norm_groups = kGroups;
        config.lr = rate;
        trials.push_back({.arm = arm(norm, rate),
                          .config = config,
                          .make = make_small_convnet,
                          .variant = "small-convnet"});
      }
  return trials;
}

/// What a norm is called on the page.
const std::string& title_of(const std::string& norm) {
  return std::ranges::find(kVariants, norm, &Variant::norm)->name;
}

/// What the records say of a norm.
struct Results {
  const Setting& setting;
  const Records& records;

  std::vector<double> accuracy(const std::string& norm, double rate) const {
    return records.each(arm(norm, rate), setting.seeds,
                        [](const Record& r) { return final_accuracy(r); });
  }
  /// The rate with the best mean over the tuning seeds.
  double rate(const std::string& norm) const {
    return *std::ranges::max_element(kRates, {}, [&](double candidate) {
      return mean_of(records.each(arm(norm, candidate), Setting::tuning_seeds(),
                                  [](const Record& r) { return final_accuracy(r); }));
    });
  }
  /// Each seed's accuracy at that rate.
  std::vector<double> best(const std::string& norm) const { return accuracy(norm, rate(norm)); }
  Paired difference(const std::string& a, const std::string& b) const {
    return paired(best(a), best(b));
  }
};

/// The loss of the training batches at the norm's rate, averaged over some steps for each point.
Series loss_curve(const Results& results, const Variant& variant) {
  std::vector<double> x;
  std::vector<std::vector<double>> values;
  for (const std::uint64_t seed : results.setting.seeds) {
    const Record& record = results.records.at(arm(variant.norm, results.rate(variant.norm)), seed);
    const std::vector<double>& loss = record.at("train_loss");
    for (std::size_t end = kStepsAPoint; end <= loss.size(); end += kStepsAPoint) {
      const std::size_t point = end / kStepsAPoint - 1;
      if (point == x.size()) {
        x.push_back(static_cast<double>(end) - kStepsAPoint / 2.0);
        values.emplace_back();
      }
      values[point].push_back(mean_of(std::span(loss).subspan(end - kStepsAPoint, kStepsAPoint)));
    }
  }
  return with_band(variant.name, x, values);
}

std::vector<Plot> plots_of(const Results& results) {
  Plot loss = {.title = "Training loss, each norm at its best rate",
               .x_label = "step",
               .y_label = "loss",
               .series = {}};
  for (const Variant& variant : kVariants) loss.series.push_back(loss_curve(results, variant));
  Plot accuracy = {.title = "Test accuracy by norm and learning rate",
                   .x_label = "",
                   .y_label = "test accuracy, %",
                   .series = {},
                   .kind = PlotKind::bars};
  std::vector<double> x;
  for (const Variant& variant : kVariants) {
    x.push_back(static_cast<double>(x.size()));
    accuracy.categories.push_back(variant.name);
  }
  for (const double rate : kRates) {
    std::vector<std::vector<double>> values;
    for (const Variant& variant : kVariants) values.push_back(results.accuracy(variant.norm, rate));
    accuracy.series.push_back(with_band("rate " + short_number(rate), x, values));
  }
  return {accuracy, loss};
}

Table accuracies(const Results& results) {
  Table table = {
      .caption =
          "Test accuracy in percent, mean and sd over the seeds, and milliseconds a training step",
      .rows = {{"arm"}},
      .align = "l"};
  for (const double rate : kRates) table.rows[0].push_back("rate " + short_number(rate));
  table.rows[0].insert(table.rows[0].end(), {"best rate", "ms a step"});
  table.align += std::string(kRates.size() + 2, 'r');
  for (const auto& [name, norm] : kVariants) {
    std::vector<std::string> row = {name};
    for (const double rate : kRates) row.push_back(mean_and_sd(results.accuracy(norm, rate)));
    row.push_back(short_number(results.rate(norm)));
    row.push_back(mean_and_sd(
        results.records.each(arm(norm, results.rate(norm)), results.setting.seeds,
                             [](const Record& r) { return 1000 * seconds_per_step(r); })));
    table.rows.push_back(row);
  }
  return table;
}

/// Over what each norm takes a mean, for the maps after the network's first convolution.
Table normalised_over() {
  const Shape maps = {kBatch, 16, 32, 32};
  struct Kind {
    std::string name, axes;
    NormView view;
    std::string use;
  };
  const std::vector<Kind> kinds = {
      {"BatchNorm", "N, H, W", NormView::across(maps), "CNNs: tested here"},
      {"layer norm", "C, H, W", NormView::within(maps, 1), "RNNs, Transformers: not tested"},
      {"instance norm", "H, W", NormView::within(maps, maps[1]), "style transfer: not tested"},
      {"group norm", fmt::format("C/{}, H, W", kGroups), NormView::within(maps, kGroups),
       "small batch sizes: see the claim on those"}};
  Table table = {
      .caption = fmt::format("What each normalises over: maps [N, C, H, W] = [{}, {}, {}, {}]",
                             maps[0], maps[1], maps[2], maps[3]),
      .rows = {{"norm", "a mean over", "means", "values for each", "looks at other images",
                "inference", "the note's use case"}},
      .align = "llrrlll"};
  for (const auto& [name, axes, view, use] : kinds) {
    const bool batch = view.groups == 0;
    table.rows.push_back({name, axes, fmt::format("{}", view.statistics()),
                          fmt::format("{}", view.count()), batch ? "in training" : "no",
                          batch ? "running statistics" : "as in training", use});
  }
  return table;
}

Finding judge_variants(const Setting& setting, const Records& records) {
  const Results r = {setting, records};
  auto test = [&](const std::string& a, const std::string& b, Rule rule) {
    return Test{fmt::format("accuracy, {} minus {}", title_of(a), title_of(b)), "points",
                r.difference(a, b), rule};
  };
  Finding finding = {.tests = {}, .summary = {}};
  for (const char* other : {"layer", "instance", "group"})
    finding.tests.push_back(test("batch", other, above(-kMargin)));
  finding.asides = {test("batch", "none", above(0)), test("batch", "group", above(0)),
                    test("group", "layer", above(0)), test("layer", "instance", above(0))};
  finding.asides[2].what += " (order in Wu & He 2018)";
  finding.asides[3].what += " (order in Wu & He 2018)";
  finding.summary = "Each at its rate:";
  for (const auto& [name, norm] : kVariants)
    finding.summary +=
        fmt::format("{} {} {:.1f} %", norm == "batch" ? "" : ",", name, mean_of(r.best(norm)));
  finding.summary += fmt::format(", at batch size {}.", kBatch);
  finding.plots = plots_of(r);
  finding.tables = {accuracies(r), normalised_over()};
  finding.caveats = {
      "This shows which norm a small network of convolutions learns best with in a short training. "
      "It does not show which is best at the end of a long one, nor how common a norm is.",
      "The note's other use cases are not tested: there is no network for style transfer, no "
      "recurrent one and no Transformer here. Group norm at small batch sizes is a claim of its "
      "own.",
      "Three rates, a factor of three apart, moved once after a first look: the best one for a "
      "norm may lie between them.",
      fmt::format("Layer norm is Wu & He's, over channels and map with a weight per channel; group "
                  "norm has {} groups.",
                  kGroups)};
  return finding;
}

}  // namespace

Claim variants() {
  return {
      .id = "variants",
      .title = "The four variants",
      .sentence = "Batch Norm | Batch dimension | CNNs, most common",
      .hypothesis =
          "In a convolutional network at an ordinary batch size BatchNorm is the best of the four "
          "norms, or worse than the best by less than a point.",
      .arms =
          "A network of three convolutions with BatchNorm, layer norm, instance norm, group norm "
          "(4 groups) and no norm, batch size 128, SGD with momentum 0.9 and rates of 0.005, 0.015 "
          "and 0.05.",
      .measure =
          "Test accuracy after the last step, at the rate that is best for the norm by the mean of "
          "two more seeds, which are not judged.",
      .rule =
          "SUPPORTED if the intervals of the paired differences of BatchNorm and each of the three "
          "others lie above -1 point (the allowance of Wu & He's inequality for 32 images).",
      .plan = plan,
      .judge = judge_variants};
}

}  // namespace ek
