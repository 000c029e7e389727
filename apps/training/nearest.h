// The known word that another one was probably meant to be.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ek {

/// The candidate that is nearest to `word`: the same in another case of letters or with other hyphens, else one that
/// begins with it, else one at an edit distance of at most a third of its length and 2 (1 for short words), the first of
/// equally near ones. Empty where none is near: a word that merely happens to be less far than the others is no help.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

/// The candidate that other programs call `word` ("--learning-rate": "--lr"), with the hyphens or underscores of the
/// candidates; empty where there is none.
std::string synonym(std::string_view word, const std::vector<std::string>& candidates);

/// What to say of an unknown word, as the end of a message: "; here it is called --lr", "; the nearest known one is
/// --epochs", or `otherwise`. Words stand between `quotes`.
std::string suggestion(std::string_view word, const std::vector<std::string>& candidates,
                       const std::string& otherwise, char quotes = '\'');

}  // namespace ek
