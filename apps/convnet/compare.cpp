// convnet compare: the same run with different norms, side by side.
#include <fmt/ranges.h>

#include <algorithm>
#include <cstddef>
#include <exception>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "apps/convnet/commands.h"
#include "apps/convnet/compare_report.h"
#include "apps/convnet/compare_text.h"
#include "apps/convnet/model_table.h"
#include "apps/convnet/norm_name.h"
#include "apps/convnet/options.h"
#include "apps/convnet/output.h"
#include "apps/convnet/run_report.h"
#include "apps/convnet/table.h"
#include "apps/convnet/test_findings.h"
#include "apps/report/page.h"
#include "apps/training/config.h"
#include "apps/training/errors.h"
#include "apps/training/folder_lock.h"
#include "apps/training/interrupt.h"
#include "apps/training/metrics.h"
#include "apps/training/outlook.h"
#include "apps/training/run.h"
#include "apps/training/run_data.h"
#include "apps/training/run_folder.h"
#include "evenkeel/core/base/check.h"
#include "evenkeel/core/files/file.h"
#include "evenkeel/core/files/temporary_file.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/data/loader.h"

namespace ek {
namespace {

constexpr const char* kReport = "report.html";

fs::path folder_of(const fs::path& out, const std::string& norm) { return out / ("norm-" + norm); }

void check_norms(const std::vector<std::string>& norms) {
  for (const std::string& norm : norms) check_norm(norm, "norms");
  const std::set<std::string> different(norms.begin(), norms.end());
  if (norms.size() < 2 || different.size() < norms.size())
    throw UsageError("--norms: expected at least two different norms, as in --norms batch,none");
}

/// Refuses folders that hold runs, before any time is spent.
void check_folders(const Options& options) {
  if (options.config.out.empty()) return;
  const fs::path out = options.config.out;
  check_free(out, options.config.force);
  for (const std::string& norm : options.norms)
    check_free(folder_of(out, norm), options.config.force);
}

std::vector<Arm> make_arms(const Options& options, const RunData& data) {
  std::vector<Arm> arms;
  for (const std::string& norm : options.norms) {
    TrainConfig config = options.config;
    config.norm = norm;
    arms.push_back({.config = config, .run = std::make_unique<Run>(config, data)});
  }
  return arms;
}

struct Comparison {
  const Options& options;
  const RunData& data;
  Output& out;
  fs::path dir;
  std::vector<Arm> arms;
  std::unique_ptr<const FolderLock> lock = {};  // of dir; each arm has that of its folder
  Outlook outlook = {};                         // of all arms
  bool warned = false;

  /// Warns once of what goes wrong beside the training: that is no reason to lose it.
  void warn(const std::string& what) {
    if (!std::exchange(warned, true)) report(options.command, "warning", what);
  }
};

/// Makes OUT and the arms' folders, each with its lock.
void make_folders(Comparison& c) {
  const TrainConfig& config = c.options.config;
  c.dir = config.out.empty() ? make_numbered_folder("compare") : fs::path(config.out);
  c.lock = lock_folder(c.dir, config.force);
  std::vector<fs::path> dirs;
  for (const Arm& arm : c.arms) dirs.push_back(folder_of(c.dir, arm.norm()));
  const std::vector<RunFolder> folders = make_run_folders(dirs, config.force);
  for (std::size_t i = 0; i < folders.size(); ++i) c.arms[i].folder = folders[i];
  remove_leftovers(c.dir, [](const std::string& target) { return target == kReport; });
  report_unlocked(c.options.command, *c.lock, config.quiet);
}

/// Without its layers' values an arm still has its curves and mistakes.
void measure_or_warn(Comparison& c, Arm& arm) {
  try {
    measure(arm, c.data);
  } catch (const std::exception& error) {
    c.warn(text("the layers of norm ", arm.norm(),
                " cannot be measured for the report: ", error.what()));
  }
}

/// Writes the report as far as the arms have got. False where it cannot be written.
bool write_report(Comparison& c) {
  try {
    for (Arm& arm : c.arms)
      if (arm.state != Arm::State::waiting && !arm.measured) measure_or_warn(c, arm);
    write_page(c.dir / kReport, compare_page(c.arms, c.options, c.data));
    return true;
  } catch (const std::exception& error) {
    c.warn(error.what());
    return false;
  }
}

RunWatch watch_of(Comparison& c, Arm& arm) {
  return {.epoch =
              [&](const EpochMetrics& m, bool best) {
                arm.epochs.push_back(m);
                if (best) arm.best = m;
                if (m.test.images > 0) {
                  arm.tested = arm.testing;
                  arm.tested_epoch = m.epoch;
                }
                arm.testing = {};
                arm.measured = false;
                c.out.write(format_epoch(m, best));
                if (c.options.live) write_report(c);
              },
          .warning = [&](const std::string& what) { c.warn(what); },
          .test = [&](const Batch& batch,
                      const Tensor& logits) { add_batch(arm.testing, batch, logits); },
          .outlook = &c.outlook};
}

/// Trains one arm. Numbers that stop being finite are a result of the comparison, not its end.
RunResult train(Comparison& c, Arm& arm) {
  c.out.print("\n{}\n{}", norm_name(arm.norm()), epoch_heading(c.data));
  arm.state = Arm::State::running;
  if (c.options.live) write_report(c);
  RunResult result;
  try {
    result = arm.run->train(arm.folder, watch_of(c, arm));
  } catch (const NonFiniteError& error) {
    arm.failed = {error.epoch, error.step};
    arm.failure = error.what();
    arm.run->drop(c.outlook);
    arm.measured = false;
    c.out.print("{}\n", error.what());
  } catch (...) {
    arm.state = Arm::State::interrupted;
    if (c.options.live) write_report(c);  // so that the page stops to reload itself
    throw;
  }
  arm.state = result.signal != 0 ? Arm::State::interrupted : Arm::State::done;
  return result;
}

/// One arm that does not stay finite is a result; where none does, there is nothing to compare.
void throw_if_all_failed(const std::vector<Arm>& arms) {
  if (!std::ranges::all_of(arms, [](const Arm& arm) { return arm.has_failed(); })) return;
  const Arm& first = arms.front();
  throw NonFiniteError(text("no arm stayed finite; ", norm_name(first.norm()), ": ", first.failure),
                       first.failed.epoch, first.failed.step);
}

}  // namespace

int run_compare(const Options& options) {
  const TrainConfig& config = options.config;
  Output out(options.command, config.quiet ? Output::OnFailure::silent : Output::OnFailure::warn);
  check_norms(options.norms);
  check_folders(options);
  const RunData data = open_run_data(config);
  check_out(config, data);
  Comparison c = {options, data, out, {}, make_arms(options, data)};
  make_folders(c);
  catch_interrupts(config.quiet ? nullptr : kStopping);

  Run& first = *c.arms[0].run;
  if (!first.warning().empty() && !config.quiet)
    report(options.command, "warning", first.warning());
  out.write(format_plan(config, data, first.train_loader(),
                        fmt::format("{}", fmt::join(options.norms, " against "))));
  out.print("{:<9}  {}\n", "folder", printable(c.dir));
  if (config.verbose) out.write(format_skipped(data));
  if (options.live) out.print("{:<9}  {}\n", "page", printable(c.dir / kReport));
  out.print("\n{}", format_layers(layer_rows(first.model(), data.info.image)));
  for (const Arm& arm : c.arms) arm.run->plan(c.outlook);
  for (Arm& arm : c.arms) {
    const RunResult result = train(c, arm);
    if (result.signal != 0) {
      write_report(c);
      return report_interrupt(options.command, result, arm.folder, config.quiet);
    }
  }
  out.print("\n{}\n{}", format_epochs(c.arms), format_summary(c.arms));
  for (std::size_t i = 1; i < c.arms.size(); ++i)
    out.print("{}\n",
              fmt::join(wrapped_lines(format_verdict(c.arms[0], c.arms[i]), output_width()), "\n"));
  const bool reported = write_report(c);
  for (const Arm& arm : c.arms) out.write(format_files(arm.folder));
  if (reported) out.print("{}: {}\n", printable(c.dir), kReport);
  throw_if_all_failed(c.arms);
  return 0;
}

}  // namespace ek
