// replace_file: the old content or the new one, and nothing left beside it. That a full disk leaves the old file is tested
// with write_safetensors.
#include "evenkeel/core/files/replace_file.h"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "evenkeel/core/files/file.h"
#include "tests/data/files.h"

namespace ek {
namespace {

std::ptrdiff_t entries(const fs::path& folder) {
  return std::distance(fs::directory_iterator(folder), {});
}

std::string content(const fs::path& file) {
  const std::vector<std::uint8_t> bytes = read_file(file);
  return {bytes.begin(), bytes.end()};
}

std::string refusal(const fs::path& path) {
  try {
    replace_file(path, "new");
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

TEST_CASE("the parts follow one another, whatever they hold") {
  const TempDir dir;
  const fs::path file = dir.path / "file";
  using namespace std::string_view_literals;
  const auto bytes = [](std::string_view part) { return std::as_bytes(std::span(part)); };
  replace_file(file, {bytes(""), bytes("a\0b"sv), bytes(""), bytes("\n"), bytes("")});
  CHECK(content(file) == "a\0b\n"sv);
  replace_file(file, "");
  CHECK(content(file).empty());
  CHECK(entries(dir.path) == 1);
}

TEST_CASE("what fails says why, keeps what is there, and leaves neither a file nor a descriptor") {
  const TempDir dir;
  fs::create_directories(dir.path / "folder" / "inside");
  const std::ptrdiff_t open_before = entries("/proc/self/fd");
  CHECK(refusal(dir.path / "none" / "file")
            .find("/none/file: cannot open its folder: No such file") != std::string::npos);
  CHECK(refusal(dir.path / "folder")
            .find("/folder: cannot rename: Is a directory (the file takes 3 bytes") !=
        std::string::npos);
  CHECK(refusal(dir.path / std::string(250, 'n')).find("cannot create: File name too long") !=
        std::string::npos);
  CHECK(entries("/proc/self/fd") == open_before);
  CHECK(entries(dir.path) == 1);
  CHECK(fs::is_directory(dir.path / "folder" / "inside"));
}

TEST_CASE("a link is replaced, not what it leads to") {
  const TempDir dir;
  replace_file(dir.path / "target", "old");
  fs::create_symlink("target", dir.path / "link");
  replace_file(dir.path / "link", "new");
  CHECK(content(dir.path / "target") == "old");
  CHECK(content(dir.path / "link") == "new");
  CHECK(!fs::is_symlink(dir.path / "link"));
}

TEST_CASE("of two at once, one content is there as a whole") {
  const TempDir dir;
  const fs::path file = dir.path / "file";
  const auto write = [&](char letter) {
    for (int i = 0; i < 20; ++i) replace_file(file, std::string(100'000, letter));
  };
  std::thread other(write, 'a');
  write('b');
  other.join();
  const std::string last = content(file);
  CHECK(last == std::string(100'000, last[0]));
  CHECK(entries(dir.path) == 1);
}

}  // namespace
}  // namespace ek
