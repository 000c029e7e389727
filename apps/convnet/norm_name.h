// Norms as a reader calls them.
#pragma once

#include <string>

namespace ek {

/// "BatchNorm" for batch, "layer norm" for layer, ..., "without norm" for none: the name of an arm of a comparison.
std::string norm_name(const std::string& norm);

/// The same where it is the subject of a sentence: "the network without norm" for none.
std::string norm_in_a_sentence(const std::string& norm);

}  // namespace ek
