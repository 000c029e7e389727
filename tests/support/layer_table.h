// Every layer as a case for gradient checks: its inputs are x and its parameters.
#pragma once

#include <vector>

#include "tests/support/gradcheck.h"

namespace ek {

std::vector<OpCase> layer_table();

}  // namespace ek
