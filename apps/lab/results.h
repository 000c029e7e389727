// What a lab has found, as JSON: verdicts and effects, without any reading of the clock.
#pragma once

#include <string>
#include <vector>

#include "apps/lab/claim.h"
#include "apps/lab/lab.h"
#include "apps/lab/trial.h"

namespace ek {

/// What the lab found so far, without any reading of the clock, as JSON.
std::string results_json(const Setting& setting, const std::vector<ClaimResult>& results);

}  // namespace ek
