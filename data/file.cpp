#include "data/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>

#include "core/check.h"

namespace ek {
namespace {

struct Descriptor {
  int fd;
  ~Descriptor() { close(fd); }
};

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

int open_file(const std::filesystem::path& path) {
  // Without O_NONBLOCK, opening a pipe would wait for its writer.
  const int fd = open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  check_data(fd >= 0, printable(path), ": cannot be opened: ", std::strerror(errno));
  struct stat info {};
  if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode)) return fd;
  close(fd);
  throw DataError(text(printable(path), ": is not a regular file"));
}

std::vector<std::uint8_t> read_file(const std::filesystem::path& path, std::int64_t limit) {
  const Descriptor file{open_file(path)};
  struct stat info {};
  check_data(fstat(file.fd, &info) == 0, printable(path), ": cannot be read: ", std::strerror(errno));
  check_data(info.st_size <= limit, printable(path), ": ", info.st_size, " bytes, expected at most ", limit);
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(info.st_size));
  std::size_t have = 0;
  while (have < bytes.size()) {
    const ssize_t got = read(file.fd, bytes.data() + have, bytes.size() - have);
    if (got < 0 && errno == EINTR) continue;
    check_data(got >= 0, printable(path), ": cannot be read: ", std::strerror(errno));
    check_data(got > 0, printable(path), ": ended after ", have, " of ", bytes.size(), " bytes while it was read");
    have += static_cast<std::size_t>(got);
  }
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
