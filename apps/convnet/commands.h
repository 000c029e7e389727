// The commands, one file each. Each returns the program's exit code.
#pragma once

#include "apps/convnet/options.h"

namespace ek {

int run_bench(const Options& options);

}  // namespace ek
