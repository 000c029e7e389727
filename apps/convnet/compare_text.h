// What compare prints in the end.
#pragma once

#include <string>
#include <vector>

#include "apps/convnet/arm.h"

namespace ek {

/// What was measured in an epoch, for every arm, next to each other.
std::string format_epochs(const std::vector<Arm>& arms);

/// One row an arm: its test after the last epoch, its best epoch and what an epoch costs.
std::string format_summary(const std::vector<Arm>& arms);

/// Which of two arms was ahead, by its test accuracy after the last epoch; one that did not stay finite is behind.
std::string format_verdict(const Arm& a, const Arm& b);

}  // namespace ek
