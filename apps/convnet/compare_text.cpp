#include "apps/convnet/compare_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <sstream>

#include "apps/convnet/norm_name.h"
#include "apps/convnet/run_report.h"
#include "apps/convnet/table.h"
#include "apps/training/metrics.h"
#include "apps/training/trainer.h"

namespace ek {
namespace {

Row epoch_cells(const Arm& arm, std::int64_t epoch) {
  if (epoch > static_cast<std::int64_t>(arm.epochs.size()))
    return {epoch == arm.failed.epoch ? "non-finite" : "-", "-", "-", "-", "-"};
  const EpochMetrics& m = arm.epochs[static_cast<std::size_t>(epoch - 1)];
  return {fmt::format("{:.4f}", m.train.loss), fmt::format("{:.4f}", m.watched().loss),
          percent(m.watched().accuracy), fmt::format("{:.1f}", m.seconds),
          fmt::format("{:.0f}", m.images_per_second)};
}

}  // namespace

namespace {

/// `arms` beside each other.
std::string epochs_table(std::span<const Arm> arms, std::size_t width) {
  const auto has_validation = [](const Arm& arm) {
    return !arm.epochs.empty() && arm.epochs.front().validation.images > 0;
  };
  const std::string watched = std::ranges::any_of(arms, has_validation) ? "val" : "test";
  Row norms = {""}, heading = {"epoch"};
  std::string align = "r";
  std::int64_t epochs = 0;
  for (const Arm& arm : arms) {
    norms.insert(norms.end(), {norm_name(arm.norm()), "", "", "", ""});
    heading.insert(heading.end(),
                   {"train loss", watched + " loss", watched + " acc", "seconds", "images/s"});
    align += "rrrrr";
    epochs = std::max({epochs, static_cast<std::int64_t>(arm.epochs.size()), arm.failed.epoch});
  }
  std::vector<Row> table = {norms, heading};
  for (std::int64_t e = 1; e <= epochs; ++e) {
    Row row = {fmt::format("{}", e)};
    for (const Arm& arm : arms) {
      const Row cells = epoch_cells(arm, e);
      row.insert(row.end(), cells.begin(), cells.end());
    }
    table.push_back(row);
  }
  return format_table(table, align, width);
}

}  // namespace

std::string format_epochs(const std::vector<Arm>& arms) {
  const std::size_t width = output_width();
  const std::string beside = epochs_table(arms, std::numeric_limits<std::size_t>::max());
  std::string line;
  std::istringstream lines(beside);
  bool fits = true;
  while (std::getline(lines, line)) fits = fits && line.size() <= width;
  if (fits) return beside;
  std::string below;
  for (const Arm& arm : arms) {
    if (!below.empty()) below += '\n';
    below += epochs_table({&arm, 1}, width);
  }
  return below;
}

std::string format_summary(const std::vector<Arm>& arms) {
  std::vector<Row> table = {
      {"arm", "test acc", "test loss", "best epoch", "s/epoch", "images/s", ""}};
  for (const Arm& arm : arms) {
    const std::string failure = !arm.has_failed() ? ""
                                                  : fmt::format("non-finite at epoch {}, step {}",
                                                                arm.failed.epoch, arm.failed.step);
    if (arm.epochs.empty()) {
      table.push_back({norm_name(arm.norm()), "-", "-", "-", "-", "-", failure});
      continue;
    }
    double seconds = 0, images = 0;
    for (const EpochMetrics& m : arm.epochs) {
      seconds += m.seconds;
      images += static_cast<double>(m.train.images);
    }
    const std::optional<Score> outcome = arm.outcome();
    table.push_back({norm_name(arm.norm()), outcome ? percent(outcome->accuracy) : "-",
                     outcome ? fmt::format("{:.4f}", outcome->loss) : "-",
                     fmt::format("{} ({})", arm.best->epoch, percent(arm.best->watched().accuracy)),
                     fmt::format("{:.1f}", seconds / static_cast<double>(arm.epochs.size())),
                     fmt::format("{:.0f}", images / seconds), failure});
  }
  std::string all = format_table(table, "lrrrrrl");
  for (const Arm& arm : arms) {
    if (!arm.best) continue;
    return all + format_table({{"test acc", "after the last epoch"},
                               {"best epoch", how_best_was_chosen(*arm.best)}},
                              "ll");
  }
  return all;
}

std::string format_verdict(const Arm& a, const Arm& b) {
  const std::string a_name = norm_in_a_sentence(a.norm()), b_name = norm_in_a_sentence(b.norm());
  const bool a_failed = a.has_failed(), b_failed = b.has_failed();
  if (a_failed && b_failed) return fmt::format("neither {} nor {} stayed finite\n", a_name, b_name);
  if (a_failed || b_failed) {
    return fmt::format("{} is ahead: {} did not stay finite\n", a_failed ? b_name : a_name,
                       a_failed ? a_name : b_name);
  }
  if (!a.outcome() || !b.outcome()) return "";
  const double points = 100 * (a.outcome()->accuracy - b.outcome()->accuracy);
  if (points == 0) {
    return fmt::format("{} and {} are level in test accuracy after the last epoch, from one seed\n",
                       a_name, b_name);
  }
  return fmt::format(
      "{} is ahead of {} by {:.2f} points of test accuracy after the last epoch, from one seed\n",
      points > 0 ? a_name : b_name, points > 0 ? b_name : a_name, std::abs(points));
}

}  // namespace ek
