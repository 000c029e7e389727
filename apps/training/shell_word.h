// Words of a command line, for the commands that reports show.
#pragma once

#include <string>

namespace ek {

/// A word as a shell reads it: quoted where it has to be.
std::string shell_word(const std::string& word);

}  // namespace ek
