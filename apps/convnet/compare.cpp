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

namespace ek {
namespace {

/// One of the runs that are compared.
struct Arm {
  std::string norm;
  std::unique_ptr<Run> run;
  std::vector<EpochMetrics> epochs;
  std::optional<EpochMetrics> best;
  std::string failure;  // "non-finite at epoch 1, step 7", or empty
};

std::filesystem::path folder_of(const std::filesystem::path& out, const Arm& arm) {
  return out / ("norm-" + arm.norm);
}

void check_norms(const std::vector<std::string>& norms) {
  const std::set<std::string> different(norms.begin(), norms.end());
  if (norms.size() < 2 || different.size() < norms.size())
    throw UsageError("--norms: expected at least two different norms, as in --norms batch,none");
}

std::vector<Arm> make_arms(const Options& options, const RunData& data) {
  std::vector<Arm> arms;
  for (const std::string& norm : options.norms) {
    TrainConfig config = options.config;
    config.norm = norm;
    arms.push_back({norm, std::make_unique<Run>(config, data), {}, {}, {}});
  }
  return arms;
}

/// Trains one arm. Numbers that stop being finite are a result of the comparison, not its end.
RunResult train(Arm& arm, const RunFolder& folder, Output& out, const Options& options) {
  out.print("\nnorm {}\n{}", arm.norm, epoch_heading());
  const RunWatch watch = {
      .epoch =
          [&](const EpochMetrics& m, bool best) {
            arm.epochs.push_back(m);
            if (best) arm.best = m;
            out.write(format_epoch(m, best));
          },
      .warning = [&](const std::string& what) { report(options.command, "warning", what); }};
  try {
    return arm.run->train(folder, watch);
  } catch (const NonFiniteError& error) {
    arm.failure = fmt::format("non-finite at epoch {}, step {}", error.epoch, error.step);
    out.print("{}\n", error.what());
    return {};
  }
}

/// An epoch's test loss and accuracy for every arm, next to each other.
std::string format_epochs(const std::vector<Arm>& arms, std::int64_t epochs) {
  Row heading = {"epoch"};
  std::string align = "r";
  for (const Arm& arm : arms) {
    for (const char* column : {"train loss", "test loss", "test acc"})
      heading.push_back(fmt::format("{} {}", arm.norm, column));
    align += "rrr";
  }
  std::vector<Row> table = {heading};
  for (std::size_t e = 0; e < static_cast<std::size_t>(epochs); ++e) {
    Row row = {fmt::format("{}", e + 1)};
    for (const Arm& arm : arms) {
      const bool there = e < arm.epochs.size();
      row.push_back(there ? fmt::format("{:.4f}", arm.epochs[e].train.loss) : "-");
      row.push_back(there ? fmt::format("{:.4f}", arm.epochs[e].test.loss) : "-");
      row.push_back(there ? percent(arm.epochs[e].test.accuracy) : "-");
    }
    table.push_back(row);
  }
  return format_table(table, align);
}

/// One row an arm: its best epoch, its last loss and what an epoch costs.
std::string format_summary(const std::vector<Arm>& arms) {
  std::vector<Row> table = {{"norm", "best test acc", "last test loss", "s/epoch", "images/s", ""}};
  for (const Arm& arm : arms) {
    if (arm.epochs.empty()) {
      table.push_back({arm.norm, "-", "-", "-", "-", arm.failure});
      continue;
    }
    double seconds = 0, images = 0;
    for (const EpochMetrics& m : arm.epochs) {
      seconds += m.seconds;
      images += static_cast<double>(m.train.images);
    }
    table.push_back({arm.norm, percent(arm.best->test.accuracy),
                     fmt::format("{:.4f}", arm.epochs.back().test.loss),
                     fmt::format("{:.1f}", seconds / static_cast<double>(arm.epochs.size())),
                     fmt::format("{:.0f}", images / seconds), arm.failure});
  }
  return format_table(table, "lrrrrl");
}

/// Which of the first two arms was ahead, by its best test accuracy.
std::string format_verdict(const Arm& a, const Arm& b) {
  if (!a.best || !b.best) return "";
  const double points = 100 * (a.best->test.accuracy - b.best->test.accuracy);
  if (points == 0) return fmt::format("norm {} and norm {} end level\n", a.norm, b.norm);
  return fmt::format("norm {} is ahead of norm {} by {:.2f} points of test accuracy\n",
                     points > 0 ? a.norm : b.norm, points > 0 ? b.norm : a.norm, std::abs(points));
}

}  // namespace

int run_compare(const Options& options) {
  const TrainConfig& config = options.config;
  Output out(options.command, Output::OnFailure::warn);
  check_norms(options.norms);
  if (!config.out.empty()) {
    check_free(config.out, config.force);
    for (const std::string& norm : options.norms)
      check_free(std::filesystem::path(config.out) / ("norm-" + norm), config.force);
  }
  const RunData data = open_run_data(config);
  std::vector<Arm> arms = make_arms(options, data);
  const std::filesystem::path dir =
      config.out.empty() ? make_numbered_folder("compare") : std::filesystem::path(config.out);
  std::vector<RunFolder> folders;
  for (const Arm& arm : arms) folders.push_back(make_run_folder(folder_of(dir, arm)));
  catch_interrupts();

  out.write(format_plan(config, data, arms[0].run->train_loader(),
                        fmt::format("{}", fmt::join(options.norms, " against "))));
  out.print("{:<9}  {}\n\n", "folder", dir.string());
  out.write(format_layers(layer_rows(arms[0].run->model(), data.info.image)));
  std::int64_t epochs = 0;
  for (std::size_t i = 0; i < arms.size(); ++i) {
    const RunResult result = train(arms[i], folders[i], out, options);
    if (result.signal != 0) return report_interrupt(options.command, result, folders[i]);
    epochs = std::max(epochs, static_cast<std::int64_t>(arms[i].epochs.size()));
  }
  out.write("\n" + format_epochs(arms, epochs) + "\n" + format_summary(arms));
  for (std::size_t i = 1; i < arms.size(); ++i) out.write(format_verdict(arms[0], arms[i]));
  for (const RunFolder& folder : folders) out.write(format_files(folder));
  return 0;
}

}  // namespace ek
