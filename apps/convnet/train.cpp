// convnet train: one run.
#include <filesystem>
#include <string>

#include "apps/convnet/commands.h"
#include "apps/convnet/model_table.h"
#include "apps/convnet/options.h"
#include "apps/convnet/output.h"
#include "apps/convnet/run_report.h"
#include "apps/convnet/table.h"
#include "apps/training/config.h"
#include "apps/training/interrupt.h"
#include "apps/training/metrics.h"
#include "apps/training/run.h"
#include "apps/training/run_data.h"
#include "apps/training/run_folder.h"
#include "evenkeel/core/files/file.h"

namespace ek {

int run_train(const Options& options) {
  const TrainConfig& config = options.config;
  Output out(options.command, config.quiet ? Output::OnFailure::silent : Output::OnFailure::warn);
  if (!config.out.empty()) check_free(config.out, config.force);
  const RunData data = open_run_data(config);
  check_out(config, data);
  Run run(config, data);
  if (!run.warning().empty() && !config.quiet) report(options.command, "warning", run.warning());
  const RunFolder folder =
      make_run_folder(config.out.empty() ? make_numbered_folder(config.model + "-" + config.norm)
                                         : std::filesystem::path(config.out),
                      config.force);
  report_unlocked(options.command, *folder.lock, config.quiet);
  catch_interrupts(config.quiet ? nullptr : kStopping);

  out.write(format_plan(config, data, run.train_loader(), config.norm));
  out.print("{:<9}  {}\n\n", "folder", printable(folder.dir));
  if (config.verbose) out.write(format_skipped(data));
  out.print("{}\n{}", format_layers(layer_rows(run.model(), data.info.image)), epoch_heading(data));
  const RunResult result = run.train(
      folder,
      {.epoch = [&](const EpochMetrics& m, bool best) { out.write(format_epoch(m, best)); },
       .warning = [&](const std::string& what) { report(options.command, "warning", what); }});
  if (result.signal != 0) return report_interrupt(options.command, result, folder, config.quiet);
  out.print("\n{}", format_outcome(result));
  out.write(format_files(folder));
  return 0;
}

}  // namespace ek
