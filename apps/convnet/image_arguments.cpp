#include "apps/convnet/image_arguments.h"

#include <glob.h>

#include <array>
#include <cstddef>
#include <cstdio>
#include <system_error>

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/files/file.h"
#include "evenkeel/data/image.h"
#include "evenkeel/data/image_format.h"

namespace ek {
namespace {

/// The names that match a pattern, sorted by their bytes.
std::vector<std::string> matches(const std::string& pattern) {
  glob_t found{};
  std::vector<std::string> names;
  if (::glob(pattern.c_str(), 0, nullptr, &found) == 0) {
    names.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  }
  ::globfree(&found);
  return names;
}

void add_path(ImageArguments& all, const fs::path& path) {
  std::error_code ignored;
  if (!fs::is_directory(path, ignored)) {
    all.images.push_back({path});
    return;
  }
  const std::vector<fs::path> files = images_below(path, all.skipped);
  if (files.empty()) {
    all.images.push_back(
        {path, text(printable(path), ": no image in this folder (", kImageEndings, ")")});
  }
  for (const fs::path& file : files) all.images.push_back({file});
}

std::vector<std::uint8_t> read_standard_input() {
  std::vector<std::uint8_t> bytes;
  std::array<std::uint8_t, 65536> piece;
  while (const std::size_t got = std::fread(piece.data(), 1, piece.size(), stdin)) {
    bytes.insert(bytes.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(got));
    check_data(bytes.size() <= kMaxImageBytes, "standard input: more than ", kMaxImageBytes,
               " bytes");
  }
  check_data(std::ferror(stdin) == 0, "standard input: cannot be read");
  return bytes;
}

}  // namespace

ImageArguments expand_images(const std::vector<std::string>& arguments) {
  ImageArguments all;
  for (const std::string& argument : arguments) {
    const bool is_pattern =
        argument.find_first_of("*?[") != std::string::npos && !path_exists(argument);
    if (!is_pattern) {
      add_path(all, argument);
      continue;
    }
    const std::vector<std::string> names = matches(argument);
    if (names.empty())
      all.images.push_back({argument, text(printable(argument), ": no file matches this pattern")});
    for (const std::string& name : names) add_path(all, name);
  }
  return all;
}

std::vector<std::uint8_t> read_image_bytes(const fs::path& path) {
  return path == "-" ? read_standard_input() : read_file(path, kMaxImageBytes);
}

}  // namespace ek
