#include "apps/convnet/compare_report.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "apps/convnet/again.h"
#include "apps/convnet/compare_words.h"
#include "apps/convnet/findings_page.h"
#include "apps/convnet/histogram.h"
#include "apps/convnet/layer_plots.h"
#include "apps/convnet/layer_values.h"
#include "apps/convnet/norm_name.h"
#include "apps/convnet/run_report.h"
#include "apps/convnet/table.h"
#include "apps/report/share_axes.h"
#include "apps/training/config.h"
#include "apps/training/metrics.h"
#include "apps/training/run_data.h"

namespace ek {
namespace {

constexpr int kReloadSeconds = 5;

bool is_over(const std::vector<Arm>& arms) {
  return std::ranges::all_of(arms, [](const Arm& arm) { return arm.state == Arm::State::done; }) ||
         std::ranges::any_of(arms,
                             [](const Arm& arm) { return arm.state == Arm::State::interrupted; });
}

std::string badge_of(const Arm& arm, const std::vector<Arm>& arms) {
  if (arm.has_failed()) return "NON-FINITE";
  switch (arm.state) {
    case Arm::State::waiting: return "WAITING";
    case Arm::State::running: return "RUNNING";
    case Arm::State::interrupted: return "INTERRUPTED";
    case Arm::State::done: break;
  }
  return is_ahead(arm, arms) ? "AHEAD" : "";
}

double seconds_of(const Arm& arm) {
  double seconds = 0;
  for (const EpochMetrics& m : arm.epochs) seconds += m.seconds;
  return seconds;
}

/// Four decimals of a loss as it should be; of one that grows without bound, its size.
std::string loss_text(double loss) {
  return loss < 1e4 ? fmt::format("{:.4f}", loss) : fmt::format("{:.2e}", loss);
}

std::string headline(const Arm& arm) {
  const std::string last = percent(last_accuracy(arm));
  return arm.has_failed()
             ? fmt::format("non-finite ({} in epoch {})", last, arm.epochs.back().epoch)
             : last;
}

/// The headline is the last epoch's, which nobody chose.
Table summary(const std::vector<Arm>& arms, const RunData& data) {
  Table table = {.caption = "",
                 .rows = {{"arm", "result", "test accuracy, last epoch",
                           "best epoch, " + how_chosen(data), "training loss, last epoch",
                           watched_images(data) + " loss, last epoch", "seconds of training"}},
                 .align = "llrrrrr"};
  for (const Arm& arm : arms) {
    Row row = {norm_name(arm.norm()), badge_of(arm, arms), "-", "-", "-", "-", "-"};
    if (arm.best)
      row = {row[0],
             row[1],
             headline(arm),
             fmt::format("{} in epoch {} of {}", percent(arm.best->watched().accuracy),
                         arm.best->epoch, arm.epochs.size()),
             loss_text(arm.epochs.back().train.loss),
             loss_text(arm.epochs.back().watched().loss),
             fmt::format("{:.1f}", seconds_of(arm))};
    table.rows.push_back(row);
  }
  return table;
}

Plot curve(const std::vector<Arm>& arms, const std::string& title, const std::string& y_label,
           auto value) {
  Plot plot = {.title = title, .x_label = "epoch", .y_label = y_label, .series = {}};
  for (const Arm& arm : arms) {
    Series series = {.name = norm_name(arm.norm()), .x = {}, .y = {}};
    for (const EpochMetrics& m : arm.epochs) {
      series.x.push_back(static_cast<double>(m.epoch));
      series.y.push_back(value(m));
    }
    plot.series.push_back(std::move(series));
  }
  return plot;
}

/// Of losses of different orders a straight axis shows the largest only.
Plot loss_curve(const std::vector<Arm>& arms, const std::string& title, auto value) {
  Plot plot = curve(arms, title, "loss", value);
  double low = HUGE_VAL, high = 0;
  for (const Series& series : plot.series)
    for (const double loss : series.y) {
      low = std::min(low, loss);
      high = std::max(high, loss);
    }
  plot.log_y = low > 0 && high > 20 * low;
  return plot;
}

/// What was measured on the training images and on those that are watched, on the same axes.
std::vector<Plot> curves(const std::vector<Arm>& arms, const RunData& data) {
  if (std::ranges::all_of(arms, [](const Arm& arm) { return arm.epochs.empty(); })) return {};
  const std::string watched = watched_images(data);
  std::vector<Plot> plots = {
      loss_curve(arms, "Loss in training", [](const EpochMetrics& m) { return m.train.loss; }),
      loss_curve(arms, "Loss on the " + watched + " images",
                 [](const EpochMetrics& m) { return m.watched().loss; }),
      curve(arms, "Accuracy in training", "accuracy, %",
            [](const EpochMetrics& m) { return 100 * m.train.accuracy; }),
      curve(arms, "Accuracy on the " + watched + " images", "accuracy, %",
            [](const EpochMetrics& m) { return 100 * m.watched().accuracy; })};
  share_axes({&plots[0], &plots[1]});
  share_axes({&plots[2], &plots[3]});
  return plots;
}

std::string where(const Arm& arm) {
  if (arm.has_failed())
    return fmt::format("at step {}, where its numbers stopped being finite", arm.failed.step);
  return arm.epochs.empty() ? "at the start"
                            : fmt::format("after epoch {}", arm.epochs.back().epoch);
}

std::string capitalized(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z')
    text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

std::string axes_words(const Arm& arm, const LayerPlots& layers) {
  if (layers.shared) return " The histograms of all arms have the same axes.";
  return arm.has_failed()
             ? " The histograms have axes of their own, for the sizes of these numbers."
             : "";
}

Section arm_section(const Arm& arm, const std::vector<Arm>& arms, const LayerPlots& layers,
                    const RunData& data) {
  Section s = {.id = "norm-" + arm.norm(),
               .title = capitalized(norm_name(arm.norm())),
               .badge = badge_of(arm, arms)};
  if (is_ahead(arm, arms)) s.badge_note = kFromOneSeed;
  if (arm.has_failed()) s.paragraphs.push_back("Not finite: " + arm.failure + ".");
  if (arm.best)
    s.paragraphs.push_back(fmt::format(
        "Test accuracy: {} in the last epoch that it finished, epoch {}; {} in epoch {} ({}). Its "
        "mistakes, below, are those after epoch {}.",
        percent(last_accuracy(arm)), arm.epochs.back().epoch, percent(arm.best->watched().accuracy),
        arm.best->epoch, best_words(arm.epochs.size(), data), arm.best->epoch));
  if (!arm.layers.empty())
    s.paragraphs.push_back(fmt::format(
        "Layers: values for {} test and {} training images {}. An activation is what a layer puts "
        "out, after its norm if one follows it.{}",
        std::min(kMeasuredImages, data.test->size()), std::min(kMeasuredImages, data.train->size()),
        where(arm), axes_words(arm, layers)));
  s.plots = layers.plots;
  if (arm.tested_epoch > 0)
    add_findings(s, arm.tested, *data.test, fmt::format("after epoch {}", arm.tested_epoch));
  if (!arm.layers.empty()) s.tables.push_back(layer_table(arm.layers));
  return s;
}

/// The model's line names its norms as the other parts of the page do.
void name_norms(std::vector<Row>& rows, const std::string& flags,
                const std::vector<std::string>& norms) {
  std::vector<std::string> names;
  std::ranges::transform(norms, std::back_inserter(names), norm_name);
  for (Row& row : rows)
    if (const std::size_t at = row[1].find("norm " + flags);
        row[0] == "model" && at != std::string::npos)
      row[1].replace(at, 5 + flags.size(), fmt::format("{}", fmt::join(names, " against ")));
}

Section about_section(const std::vector<Arm>& arms, const Options& options, const RunData& data) {
  TrainConfig config = options.config;
  config.dataset = data.info.dataset;
  const std::string norms = fmt::format("{}", fmt::join(options.norms, " against "));
  Table plan = {.caption = "", .rows = {{"", ""}}, .align = "ll"};
  std::vector<Row> rows = plan_rows(config, data, arms[0].run->train_loader(), norms);
  name_norms(rows, norms, options.norms);
  std::ranges::move(rows, std::back_inserter(plan.rows));
  Options again = options;
  again.config = config;
  return {.id = "about",
          .title = "The runs",
          .tables = {plan},
          .caveats = {"One run for each norm, all with one seed: another seed alone may move an "
                      "accuracy by a point or more."},
          .command = command_again(again)};
}

}  // namespace

Page compare_page(const std::vector<Arm>& arms, const Options& options, const RunData& data) {
  std::vector<std::string> names;
  for (const Arm& arm : arms) names.push_back(norm_name(arm.norm()));
  Page page = {.title = fmt::format("Norms compared in {}: {}", options.config.model,
                                    fmt::join(names, ", ")),
               .summary = summary(arms, data),
               .terms = compare_terms(arms, data),
               .plots = curves(arms, data),
               .reload_seconds = options.live && !is_over(arms) ? kReloadSeconds : 0};
  if (std::ranges::all_of(arms, [](const Arm& arm) { return arm.state == Arm::State::done; }))
    for (std::size_t i = 1; i < arms.size(); ++i)
      page.paragraphs.push_back("Result: " + result_sentence(arms[0], arms[i]));
  const std::vector<LayerPlots> layers = layer_plots(arms);
  for (std::size_t i = 0; i < arms.size(); ++i)
    page.sections.push_back(arm_section(arms[i], arms, layers[i], data));
  page.sections.push_back(about_section(arms, options, data));
  return page;
}

}  // namespace ek
