// Every op of core, at places where it is smooth: what gradient checks and comparisons with naive loops run
// over.
#pragma once

#include <vector>

#include "tests/support/gradcheck.h"

namespace ek {

std::vector<OpCase> op_table();

}  // namespace ek
