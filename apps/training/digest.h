// A fingerprint of a model's weights: equal if and only if every bit is.
#pragma once

#include <string>

#include "core/state.h"

namespace ek {

/// SHA-256, as 64 hexadecimal digits, over the names and values of all entries in their order.
std::string sha256(const StateDict& state);

}  // namespace ek
