// What the terminal can show.
#pragma once

#include <cstddef>

namespace ek {

/// Columns of text for that file descriptor: $COLUMNS, else the terminal's size, else 80.
std::size_t terminal_width(int descriptor);

/// Whether lines can be written over there: it is a terminal, and $TERM is neither "dumb" nor
/// empty.
bool can_overwrite(int descriptor);

}  // namespace ek
