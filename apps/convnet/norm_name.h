// Norms as a reader calls them.
#pragma once

#include <string>

namespace ek {

/// "BatchNorm" for batch, "layer norm" for layer, ..., "without norm" for none: the name of an arm of a comparison.
std::string norm_name(const std::string& norm);

}  // namespace ek
