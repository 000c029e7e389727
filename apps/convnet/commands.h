// The commands, one file each. Each returns the program's exit code.
#pragma once

#include "apps/convnet/options.h"

namespace ek {

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
