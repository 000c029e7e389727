// Errors: one line that says what failed, on which object, what was found, what was expected, what to do.
#pragma once

#include <sstream>
#include <stdexcept>
#include <string>

namespace ek {

/// A file or folder that is missing, unreadable or not what it should be.
struct DataError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The parts, streamed one after another into a string.
std::string text(const auto&... parts) {
  std::ostringstream out;
  (out << ... << parts);
  return out.str();
}

/// "a, b, c"
std::string joined(const auto& names) {
  std::string list;
  for (const auto& name : names) list += text(list.empty() ? "" : ", ", name);
  return list;
}

/// Throws std::invalid_argument with the parts as its message unless `ok`. For arguments and shapes.
void check(bool ok, const auto&... parts) {
  if (!ok) throw std::invalid_argument(text(parts...));
}

/// Throws DataError with the parts as its message unless `ok`. For files and their contents.
void check_data(bool ok, const auto&... parts) {
  if (!ok) throw DataError(text(parts...));
}

}  // namespace ek
