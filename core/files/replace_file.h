// A file that is replaced as a whole.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "evenkeel/core/files/file.h"

namespace ek {

/// Writes the parts, one after another, into a temporary file beside the other ("<path>.tmp-<process>-<number>", which is
/// left only by a process that is killed meanwhile, until remove_leftovers() finds it), and gives it the file's name once the disk has confirmed it: who opens
/// the file sees the old content or the new one, even after a power cut. Throws std::runtime_error with the path, what
/// failed, the system's reason, the bytes needed and those free; the old file is then untouched, unless it is the last flush
/// that failed, the folder's: then the new one is in place. The folder must be one that can be read.
void replace_file(const fs::path& path, const std::vector<std::span<const std::byte>>& parts);
inline void replace_file(const fs::path& path, std::string_view content) {
  replace_file(path, {std::as_bytes(std::span(content))});
}

}  // namespace ek
