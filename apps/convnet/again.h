// The command that makes a run again.
#pragma once

#include <string>
#include <vector>

#include "apps/convnet/options.h"

namespace ek {

/// "build/convnet compare --lr 0.1": with those flags whose values are not the defaults, but for where files go and what
/// is shown meanwhile.
std::string command_again(const Options& options);

}  // namespace ek
