// The known word that a mistyped one was probably meant to be.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ek {

/// The candidate with the smallest edit distance to `word` (the first of equally near ones); empty where
/// there is none.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace ek
