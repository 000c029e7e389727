// A file that is replaced as a whole.
#pragma once

#include <filesystem>
#include <string>

namespace ek {

/// Writes the content beside the file, then gives it the file's name: who opens the file sees the old content or the
/// new one. Throws std::runtime_error with the path and the system's reason; the old file is then untouched.
void replace_file(const std::filesystem::path& file, const std::string& content);

}  // namespace ek
