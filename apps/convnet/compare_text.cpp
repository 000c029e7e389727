#include "apps/convnet/compare_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <sstream>

#include "apps/convnet/table.h"

namespace ek {
namespace {

Row epoch_cells(const Arm& arm, std::int64_t epoch) {
  if (epoch > static_cast<std::int64_t>(arm.epochs.size()))
    return {epoch == arm.failed.epoch ? "non-finite" : "-", "-", "-", "-", "-"};
  const EpochMetrics& m = arm.epochs[static_cast<std::size_t>(epoch - 1)];
  return {fmt::format("{:.4f}", m.train.loss), fmt::format("{:.4f}", m.test.loss), percent(m.test.accuracy),
          fmt::format("{:.1f}", m.seconds), fmt::format("{:.0f}", m.images_per_second)};
}

}  // namespace

namespace {

/// `arms` beside each other.
std::string epochs_table(std::span<const Arm> arms, std::size_t width) {
  Row norms = {""}, heading = {"epoch"};
  std::string align = "r";
  std::int64_t epochs = 0;
  for (const Arm& arm : arms) {
    norms.insert(norms.end(), {"norm " + arm.norm(), "", "", "", ""});
    heading.insert(heading.end(), {"train loss", "test loss", "test acc", "seconds", "images/s"});
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
  std::vector<Row> table = {{"norm", "best test acc", "last test loss", "s/epoch", "images/s", ""}};
  for (const Arm& arm : arms) {
    const std::string failure =
        !arm.has_failed() ? "" : fmt::format("non-finite at epoch {}, step {}", arm.failed.epoch, arm.failed.step);
    if (arm.epochs.empty()) {
      table.push_back({arm.norm(), "-", "-", "-", "-", failure});
      continue;
    }
    double seconds = 0, images = 0;
    for (const EpochMetrics& m : arm.epochs) {
      seconds += m.seconds;
      images += static_cast<double>(m.train.images);
    }
    table.push_back({arm.norm(), percent(arm.best->test.accuracy), fmt::format("{:.4f}", arm.epochs.back().test.loss),
                     fmt::format("{:.1f}", seconds / static_cast<double>(arm.epochs.size())),
                     fmt::format("{:.0f}", images / seconds), failure});
  }
  return format_table(table, "lrrrrl");
}

std::string format_verdict(const Arm& a, const Arm& b) {
  const bool a_failed = a.has_failed(), b_failed = b.has_failed();
  if (a_failed && b_failed) return fmt::format("neither norm {} nor norm {} stayed finite\n", a.norm(), b.norm());
  if (a_failed || b_failed)
    return fmt::format("norm {} is ahead: norm {} did not stay finite\n", a_failed ? b.norm() : a.norm(),
                       a_failed ? a.norm() : b.norm());
  const double points = 100 * (a.best->test.accuracy - b.best->test.accuracy);
  if (points == 0) return fmt::format("norm {} and norm {} are level in test accuracy\n", a.norm(), b.norm());
  return fmt::format("norm {} is ahead of norm {} by {:.2f} points of test accuracy\n",
                     points > 0 ? a.norm() : b.norm(), points > 0 ? b.norm() : a.norm(), std::abs(points));
}

}  // namespace ek
