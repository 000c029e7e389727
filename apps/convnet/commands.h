// The commands, one file each. Each returns the program's exit code.
#pragma once

#include <csignal>

#include "apps/convnet/options.h"

namespace ek {

/// The exit codes; beside them 0 for fine, and 128 + the signal's number for a run that a signal has ended.
enum ExitCode {
  kRuntimeError = 1,
  kUsage = 2,
  kData = 3,
  kNonFinite = 4,
  kReaderGone = 128 + SIGPIPE
};

int run_train(const Options& options);
int run_compare(const Options& options);
int run_eval(const Options& options);
int run_predict(const Options& options);
int run_inspect(const Options& options);
int run_bench(const Options& options);
int run_lab_list(const Options& options);
int run_lab_run(const Options& options);
int run_lab_report(const Options& options);

}  // namespace ek
