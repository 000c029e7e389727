#include "apps/convnet/compare_report.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "apps/convnet/again.h"
#include "apps/convnet/compare_text.h"
#include "apps/convnet/findings_page.h"
#include "apps/convnet/histogram.h"
#include "apps/convnet/run_report.h"

namespace ek {
namespace {

constexpr int kReloadSeconds = 5;

bool is_over(const std::vector<Arm>& arms) {
  return std::ranges::all_of(arms, [](const Arm& arm) { return arm.state == Arm::State::done; }) ||
         std::ranges::any_of(arms, [](const Arm& arm) { return arm.state == Arm::State::interrupted; });
}

/// Where all are done: better than every other one.
bool is_ahead(const Arm& arm, const std::vector<Arm>& arms) {
  return arm.best && !arm.has_failed() && std::ranges::all_of(arms, [&](const Arm& other) {
           const bool behind = other.has_failed() || !other.best || other.best->test.accuracy < arm.best->test.accuracy;
           return other.state == Arm::State::done && (&other == &arm || behind);
         });
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

Table summary(const std::vector<Arm>& arms) {
  Table table = {.caption = "",
                 .rows = {{"norm", "result", "best test accuracy", "in epoch", "last train loss", "last test loss",
                           "seconds of training"}},
                 .align = "llrrrrr"};
  for (const Arm& arm : arms) {
    Row row = {arm.norm(), badge_of(arm, arms), "-", "-", "-", "-", "-"};
    double seconds = 0;
    for (const EpochMetrics& m : arm.epochs) seconds += m.seconds;
    if (arm.best)
      row = {row[0],
             row[1],
             percent(arm.best->test.accuracy),
             fmt::format("{}", arm.best->epoch),
             fmt::format("{:.4f}", arm.epochs.back().train.loss),
             fmt::format("{:.4f}", arm.epochs.back().test.loss),
             fmt::format("{:.1f}", seconds)};
    table.rows.push_back(row);
  }
  return table;
}

Plot curve(const std::vector<Arm>& arms, const std::string& title, const std::string& y_label, auto value) {
  Plot plot = {.title = title, .x_label = "epoch", .y_label = y_label, .series = {}};
  for (const Arm& arm : arms) {
    Series series = {.name = "norm " + arm.norm(), .x = {}, .y = {}};
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

std::vector<Plot> curves(const std::vector<Arm>& arms) {
  if (std::ranges::all_of(arms, [](const Arm& arm) { return arm.epochs.empty(); })) return {};
  return {
      loss_curve(arms, "Loss in training", [](const EpochMetrics& m) { return m.train.loss; }),
      loss_curve(arms, "Loss on the test images", [](const EpochMetrics& m) { return m.test.loss; }),
      curve(arms, "Accuracy in training", "accuracy, %", [](const EpochMetrics& m) { return 100 * m.train.accuracy; }),
      curve(arms, "Accuracy on the test images", "accuracy, %",
            [](const EpochMetrics& m) { return 100 * m.test.accuracy; })};
}

std::string where(const Arm& arm) {
  if (arm.has_failed()) return fmt::format("at step {}, where its numbers stopped being finite", arm.failed.step);
  return arm.epochs.empty() ? "at the start" : fmt::format("after epoch {}", arm.epochs.back().epoch);
}

Section arm_section(const Arm& arm, const std::vector<Arm>& arms, const RunData& data) {
  Section s = {.id = "norm-" + arm.norm(), .title = "Norm " + arm.norm(), .badge = badge_of(arm, arms)};
  if (arm.has_failed()) s.paragraphs.push_back("Not finite: " + arm.failure + ".");
  if (!arm.layers.empty()) {
    s.paragraphs.push_back(fmt::format(
        "Layers: values for {} test and {} training images {}. An activation is what a layer puts out, after its norm "
        "if one follows it.",
        std::min(kMeasuredImages, data.test->size()), std::min(kMeasuredImages, data.train->size()), where(arm)));
    s.plots = {activation_plot(arm.layers, "Activations by layer"), gradient_plot(arm.layers, "Gradients by layer")};
  }
  if (arm.best) add_findings(s, arm.tested, *data.test, fmt::format("after epoch {}", arm.best->epoch));
  if (!arm.layers.empty()) s.tables.push_back(layer_table(arm.layers));
  return s;
}

Section about_section(const std::vector<Arm>& arms, const Options& options, const RunData& data) {
  TrainConfig config = options.config;
  config.dataset = data.info.dataset;
  const std::string norms = fmt::format("{}", fmt::join(options.norms, " against "));
  Table plan = {.caption = "", .rows = {{"", ""}}, .align = "ll"};
  std::ranges::copy(plan_rows(config, data, arms[0].run->train_loader(), norms), std::back_inserter(plan.rows));
  Options again = options;
  again.config = config;
  return {.id = "about",
          .title = "The runs",
          .tables = {plan},
          .caveats = {"One run for each norm, all with one seed: another seed alone may move an accuracy by a point or "
                      "more."},
          .command = command_again(again)};
}

}  // namespace

Page compare_page(const std::vector<Arm>& arms, const Options& options, const RunData& data) {
  Page page = {.title = fmt::format("{}: norm {}", options.config.model, fmt::join(options.norms, " against norm ")),
               .summary = summary(arms),
               .plots = curves(arms),
               .reload_seconds = options.live && !is_over(arms) ? kReloadSeconds : 0};
  if (std::ranges::all_of(arms, [](const Arm& arm) { return arm.state == Arm::State::done; }))
    for (std::size_t i = 1; i < arms.size(); ++i)
      page.paragraphs.push_back("Result: " + format_verdict(arms[0], arms[i]));
  for (const Arm& arm : arms) page.sections.push_back(arm_section(arm, arms, data));
  page.sections.push_back(about_section(arms, options, data));
  return page;
}

}  // namespace ek
