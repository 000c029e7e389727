// The project's own files, as text.
#pragma once

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace ek {

inline std::string read_text(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// Path within the project, for example "core/ops/conv.cpp", and contents.
struct SourceFile {
  std::string path, text;
};

/// Every .h and .cpp file below a folder of the project.
inline std::vector<SourceFile> sources_below(const std::string& folder) {
  const std::filesystem::path root = EVENKEEL_SOURCE_DIR;
  std::vector<SourceFile> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root / folder))
    if (entry.path().extension() == ".h" || entry.path().extension() == ".cpp")
      files.push_back({entry.path().lexically_relative(root).string(), read_text(entry.path())});
  return files;
}

inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

}  // namespace ek
