// Whether ops are computed the plain way, so that anyone can train with it and compare.
#pragma once

#include <cstdlib>
#include <string_view>

namespace ek {

/// True with EVENKEEL_REFERENCE=1 in the environment, as it was at the first call: conv2d and normalize are then the loops
/// of plain_conv.h and plain_normalize.h, which take some hundred times as long.
inline bool use_reference() {
  static const bool is_on = [] {
    const char* value = std::getenv("EVENKEEL_REFERENCE");
    return value != nullptr && std::string_view(value) == "1";
  }();
  return is_on;
}

}  // namespace ek
