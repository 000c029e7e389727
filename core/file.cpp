#include "core/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <string_view>

#include "core/check.h"

namespace ek {
namespace {

// The length of the UTF-8 sequence at the start of `s`, or 0 where none is: table 3-7 of the Unicode
// standard.
std::size_t utf8_length(std::string_view s) {
  const auto byte = [&](std::size_t i) { return i < s.size() ? static_cast<unsigned char>(s[i]) : 0u; };
  const unsigned lead = byte(0), second = byte(1);
  const std::size_t length = lead < 0x80   ? 1
                             : lead < 0xC2 ? 0
                             : lead < 0xE0 ? 2
                             : lead < 0xF0 ? 3
                             : lead < 0xF5 ? 4
                                           : 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xC0) != 0x80) return 0;
  const bool overlong = (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90);
  const bool no_character = (lead == 0xED && second > 0x9F) || (lead == 0xF4 && second > 0x8F);
  return overlong || no_character ? 0 : length;
}

}  // namespace

Descriptor::~Descriptor() {
  if (fd >= 0) close(fd);
}

// Without O_NONBLOCK, opening a pipe would wait for its writer.
InputFile::InputFile(const std::filesystem::path& path)
    : name_(printable(path)),
      file_(uninterrupted([&] { return open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC); })) {
  struct stat info {};
  check_data(file_.fd >= 0 && fstat(file_.fd, &info) == 0, name_, ": cannot be opened: ", std::strerror(errno));
  check_data(S_ISREG(info.st_mode), name_, ": is not a regular file");
  size_ = static_cast<std::uint64_t>(info.st_size);
}

void InputFile::read(std::uint64_t at, void* into, std::uint64_t count) const {
  for (char* to = static_cast<char*>(into); count > 0;) {
    const ssize_t got = uninterrupted([&] { return pread(file_.fd, to, count, static_cast<off_t>(at)); });
    check_data(got >= 0, name_, ": cannot be read at byte ", at, ": ", std::strerror(errno));
    check_data(got > 0, name_, ": ended after ", at, " of ", size_, " bytes while it was read");
    to += got;
    at += static_cast<std::uint64_t>(got);
    count -= static_cast<std::uint64_t>(got);
  }
}

std::vector<std::uint8_t> read_file(const std::filesystem::path& path, std::uint64_t limit) {
  const InputFile file(path);
  check_data(file.size() <= limit, file.name(), ": ", file.size(), " bytes, expected at most ", limit);
  std::vector<std::uint8_t> bytes(file.size());
  file.read(0, bytes.data(), bytes.size());
  return bytes;
}

bool path_exists(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

std::string printable(const std::filesystem::path& path) {
  std::string_view rest = path.native();
  std::string out;
  while (!rest.empty()) {
    const std::size_t length = utf8_length(rest);
    const bool control = length == 1 && (static_cast<unsigned char>(rest[0]) < 0x20 || rest[0] == 0x7F);
    if (length == 0 || control)
      out += '?';
    else
      out += rest.substr(0, length);
    rest.remove_prefix(length == 0 ? 1 : length);
  }
  return out;
}

}  // namespace ek
