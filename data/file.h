// Files from outside: opened without ever waiting, and shown in messages without breaking the line.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace ek {

/// Opens a regular file for reading and returns its descriptor, which the caller closes. A pipe, a device or
/// a folder is refused at once (DataError), as is a file that is missing or may not be read.
int open_file(const std::filesystem::path& path);

/// The bytes of a regular file. Throws DataError as open_file does, where reading fails, and for a file of
/// more than `limit` bytes.
std::vector<std::uint8_t> read_file(const std::filesystem::path& path, std::int64_t limit = std::int64_t{1} << 40);

/// True if there is a file or folder of this name; false too where that cannot be found out.
bool path_exists(const std::filesystem::path& path);

/// The name as valid UTF-8 in one line: control characters and stray bytes become '?'.
std::string printable(const std::filesystem::path& path);

}  // namespace ek
