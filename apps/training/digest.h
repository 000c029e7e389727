// Fingerprints: equal if and only if every bit is.
#pragma once

#include <string>
#include <vector>

#include "evenkeel/core/files/state.h"

namespace ek {

/// SHA-256, as 64 hexadecimal digits, over the names and values of all entries in their order.
std::string sha256(const StateDict& state);

/// The same over words in their order; none of them holds a zero byte.
std::string sha256(const std::vector<std::string>& words);

}  // namespace ek
