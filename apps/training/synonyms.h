// What other programs call the same flags, commands and values: those that people come from.
#pragma once

#include <string_view>
#include <vector>

namespace ek {

struct Synonym {
  std::string_view ours;
  std::vector<std::string_view> theirs;  // in lower case, with hyphens between words
};

const std::vector<Synonym>& synonyms();

}  // namespace ek
