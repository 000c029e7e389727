// Small text files, written with every error noticed. A file that must be whole at any moment is one for replace_file
// (core/files/replace_file.h).
#pragma once

#include <filesystem>
#include <string>

namespace ek {

enum class WriteMode { replace, append };

/// Throws std::runtime_error with the path and the system's reason.
void write_text(const std::filesystem::path& file, const std::string& text, WriteMode mode);

/// Adds a line to a file of lines; `line` has no line break in it. Where that fails, what was written of it is taken back,
/// and so is what a process that was killed has left of its last line: no line is torn, and none is glued to another.
/// Throws as write_text does.
void append_line(const std::filesystem::path& file, const std::string& line);

}  // namespace ek
