// convnet compare: the same run with different norms, side by side.
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <set>

#include "apps/convnet/commands.h"
#include "apps/convnet/model_table.h"
#include "apps/convnet/output.h"
#include "apps/convnet/run_report.h"
#include "apps/convnet/table.h"
#include "apps/training/errors.h"
#include "apps/training/interrupt.h"
#include "apps/training/run.h"
#include "data/file.h"

namespace ek {
namespace {

namespace fs = std::filesystem;

/// One of the runs that are compared.
struct Arm {
  std::string norm;
  std::unique_ptr<Run> run;
  RunFolder folder = {};
  std::vector<EpochMetrics> epochs = {};
  std::optional<EpochMetrics> best = {};
  Position failed = {.epoch = 0};  // where its numbers stopped being finite; epoch 0: they did not
};

fs::path folder_of(const fs::path& out, const std::string& norm) { return out / ("norm-" + norm); }

void check_norms(const std::vector<std::string>& norms) {
  for (const std::string& norm : norms) check_norm(norm, "norms");
  const std::set<std::string> different(norms.begin(), norms.end());
  if (norms.size() < 2 || different.size() < norms.size())
    throw UsageError("--norms: expected at least two different norms, as in --norms batch,none");
}

std::vector<Arm> make_arms(const Options& options, const RunData& data) {
  std::vector<Arm> arms;
  for (const std::string& norm : options.norms) {
    TrainConfig config = options.config;
    config.norm = norm;
    arms.push_back({.norm = norm, .run = std::make_unique<Run>(config, data)});
  }
  return arms;
}

/// Trains one arm. Numbers that stop being finite are a result of the comparison, not its end.
RunResult train(Arm& arm, Output& out, const Options& options) {
  out.print("\nnorm {}\n{}", arm.norm, epoch_heading());
  const RunWatch watch = {.epoch =
                              [&](const EpochMetrics& m, bool best) {
                                arm.epochs.push_back(m);
                                if (best) arm.best = m;
                                out.write(format_epoch(m, best));
                              },
                          .warning = [&](const std::string& what) { report(options.command, "warning", what); }};
  try {
    return arm.run->train(arm.folder, watch);
  } catch (const NonFiniteError& error) {
    arm.failed = {error.epoch, error.step};
    out.print("{}\n", error.what());
    return {};
  }
}

Row epoch_cells(const Arm& arm, std::int64_t epoch) {
  if (epoch > static_cast<std::int64_t>(arm.epochs.size()))
    return {epoch == arm.failed.epoch ? "non-finite" : "-", "-", "-", "-", "-"};
  const EpochMetrics& m = arm.epochs[static_cast<std::size_t>(epoch - 1)];
  return {fmt::format("{:.4f}", m.train.loss), fmt::format("{:.4f}", m.test.loss), percent(m.test.accuracy),
          fmt::format("{:.1f}", m.seconds), fmt::format("{:.0f}", m.images_per_second)};
}

/// What was measured in an epoch, for every arm, next to each other.
std::string format_epochs(const std::vector<Arm>& arms) {
  Row norms = {""}, heading = {"epoch"};
  std::string align = "r";
  std::int64_t epochs = 0;
  for (const Arm& arm : arms) {
    norms.insert(norms.end(), {"norm " + arm.norm, "", "", "", ""});
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
  return format_table(table, align);
}

/// One row an arm: its best epoch, its last loss and what an epoch costs.
std::string format_summary(const std::vector<Arm>& arms) {
  std::vector<Row> table = {{"norm", "best test acc", "last test loss", "s/epoch", "images/s", ""}};
  for (const Arm& arm : arms) {
    const std::string failure =
        arm.failed.epoch == 0 ? "" : fmt::format("non-finite at epoch {}, step {}", arm.failed.epoch, arm.failed.step);
    if (arm.epochs.empty()) {
      table.push_back({arm.norm, "-", "-", "-", "-", failure});
      continue;
    }
    double seconds = 0, images = 0;
    for (const EpochMetrics& m : arm.epochs) {
      seconds += m.seconds;
      images += static_cast<double>(m.train.images);
    }
    table.push_back({arm.norm, percent(arm.best->test.accuracy), fmt::format("{:.4f}", arm.epochs.back().test.loss),
                     fmt::format("{:.1f}", seconds / static_cast<double>(arm.epochs.size())),
                     fmt::format("{:.0f}", images / seconds), failure});
  }
  return format_table(table, "lrrrrl");
}

/// Which of two arms was ahead, by its best test accuracy; one that did not finish is behind.
std::string format_verdict(const Arm& a, const Arm& b) {
  const bool a_failed = a.failed.epoch > 0, b_failed = b.failed.epoch > 0;
  if (a_failed && b_failed) return fmt::format("neither norm {} nor norm {} stayed finite\n", a.norm, b.norm);
  if (a_failed || b_failed)
    return fmt::format("norm {} is ahead: norm {} did not stay finite\n", a_failed ? b.norm : a.norm,
                       a_failed ? a.norm : b.norm);
  const double points = 100 * (a.best->test.accuracy - b.best->test.accuracy);
  if (points == 0) return fmt::format("norm {} and norm {} are level in test accuracy\n", a.norm, b.norm);
  return fmt::format("norm {} is ahead of norm {} by {:.2f} points of test accuracy\n", points > 0 ? a.norm : b.norm,
                     points > 0 ? b.norm : a.norm, std::abs(points));
}

/// Refuses folders that hold runs, before any time is spent.
void check_folders(const Options& options) {
  if (options.config.out.empty()) return;
  const fs::path out = options.config.out;
  check_free(out, options.config.force);
  for (const std::string& norm : options.norms) check_free(folder_of(out, norm), options.config.force);
}

}  // namespace

int run_compare(const Options& options) {
  const TrainConfig& config = options.config;
  Output out(options.command, Output::OnFailure::warn);
  check_norms(options.norms);
  check_folders(options);
  const RunData data = open_run_data(config);
  std::vector<Arm> arms = make_arms(options, data);
  const fs::path dir = config.out.empty() ? make_numbered_folder("compare") : fs::path(config.out);
  for (Arm& arm : arms) arm.folder = make_run_folder(folder_of(dir, arm.norm));
  catch_interrupts();

  const std::string norms = fmt::format("{}", fmt::join(options.norms, " against "));
  out.write(format_plan(config, data, arms[0].run->train_loader(), norms));
  out.print("{:<9}  {}\n\n", "folder", printable(dir));
  out.write(format_layers(layer_rows(arms[0].run->model(), data.info.image)));
  for (Arm& arm : arms) {
    const RunResult result = train(arm, out, options);
    if (result.signal != 0) return report_interrupt(options.command, result, arm.folder);
  }
  out.print("\n{}\n{}", format_epochs(arms), format_summary(arms));
  for (std::size_t i = 1; i < arms.size(); ++i) out.write(format_verdict(arms[0], arms[i]));
  for (const Arm& arm : arms) out.write(format_files(arm.folder));
  return 0;
}

}  // namespace ek
