// A lab as a page: the summary, then a section for each claim.
#pragma once

#include <string>
#include <vector>

#include "apps/lab/claim.h"
#include "apps/lab/lab.h"
#include "apps/report/page.h"

namespace ek {

/// "accuracy, BatchNorm minus without norm: +3.2 points [+1.1, +5.3], d = 2.1": what a test compares, the difference with
/// its interval and the effect size.
std::string format_effect(const Test& test);

/// The page of these results; those without a run are left out; while `running` they are not, and it reloads itself and says how far the lab is.
Page lab_page(const Setting& setting, const std::vector<ClaimResult>& results, bool running);

}  // namespace ek
