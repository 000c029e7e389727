// Small text files, written with every error noticed.
#pragma once

#include <filesystem>
#include <string>

namespace ek {

enum class WriteMode { replace, append };

/// Throws std::runtime_error with the path and the system's reason.
void write_text(const std::filesystem::path& file, const std::string& text, WriteMode mode);

}  // namespace ek
