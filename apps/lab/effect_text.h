// Differences as a reader takes them in.
#pragma once

#include <string>

#include "apps/lab/claim.h"

namespace ek {

/// The mean with its 95 % interval: "+3.2 points [+1.1, +5.3]". A difference of logarithms as the factor that it is:
/// "2.14 times fewer steps [1.74, 2.62]", "2.14 times more steps [1.74, 2.62]"; where the interval holds both
/// directions, both are said: "from 1.25 times more steps to 1.40 times fewer steps (estimate: 1.06 times fewer
/// steps)". "unknown, ..." where a run has no value.
std::string effect_text(const Test& test);

/// What the whole interval must be, by the test's rule: "above 5 points", "within ±3 points", "fewer steps", "more than
/// 5 times fewer steps".
std::string needed_text(const Test& test);

/// A factor of at least 1 with three figures: "2.14", "468", "126,000", "1.26 million", "10^9.3".
std::string factor_text(double factor);

}  // namespace ek
