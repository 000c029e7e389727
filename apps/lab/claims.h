// The claims that the lab knows: apps/lab/claims has a file for each, and their list.
#pragma once

#include <vector>

#include "apps/lab/claim.h"

namespace ek {

#define CLAIM(name) Claim name();
#include "apps/lab/claims/list.inc"
#undef CLAIM

/// In the order of the list.
const std::vector<Claim>& claims();

}  // namespace ek
