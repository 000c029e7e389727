// The choice of the table of kernels for this CPU.
#pragma once

#include <vector>

#include "evenkeel/core/kernels/kernels.h"

namespace ek {

/// The table in use: the best for this CPU, or what EVENKEEL_CPU=baseline|avx2|avx512 asks for. Throws
/// std::invalid_argument, at the first call, where EVENKEEL_CPU names a table that this CPU cannot run.
const Kernels& kernels();

/// Every table that this CPU can run, baseline first. For tests.
std::vector<const Kernels*> supported_kernels();

}  // namespace ek
