#include "evenkeel/core/files/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstring>
#include <string_view>

#include "evenkeel/core/base/check.h"

namespace ek {
namespace {

/// Of the sets C0 and C1, or DEL: what a terminal would obey, not show.
bool is_control(std::uint32_t character) {
  return character < 0x20 || (character >= 0x7F && character < 0xA0);
}

// The length of the printable UTF-8 sequence at the start of `s`, or 0 where none is: of the lengths that can hold a
// character only the shortest is valid, and there are no characters D800 to DFFF and above 10FFFF.
std::size_t printable_length(std::string_view s) {
  const auto lead = static_cast<unsigned char>(s[0]);
  const auto length = static_cast<std::size_t>(std::countl_one(lead));
  if (length == 0) return is_control(lead) ? 0 : 1;
  if (length < 2 || length > 4 || length > s.size()) return 0;
  std::uint32_t character = lead & 0x7Fu >> length;
  for (const char c : s.substr(1, length - 1)) {
    if ((c & 0xC0) != 0x80) return 0;
    character = character << 6 | (static_cast<unsigned char>(c) & 0x3Fu);
  }
  constexpr std::uint32_t kFirst[] = {0x80, 0x800, 0x10000};  // with 2, 3 and 4 bytes
  if (is_control(character)) return 0;
  const bool exists = character < 0xD800 || (character > 0xDFFF && character <= 0x10FFFF);
  return exists && character >= kFirst[length - 2] ? length : 0;
}

/// "\xE9"
std::string hex_escape(char byte) {
  constexpr const char* kDigits = "0123456789ABCDEF";
  const auto value = static_cast<unsigned char>(byte);
  return {'\\', 'x', kDigits[value >> 4], kDigits[value & 15]};
}

}  // namespace

Descriptor::~Descriptor() {
  if (fd >= 0) close(fd);
}

// Without O_NONBLOCK, opening a pipe would wait for its writer.
InputFile::InputFile(const fs::path& path)
    : name_(printable(path)),
      file_(uninterrupted([&] { return open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC); })) {
  struct stat info {};
  check_data(file_.fd >= 0 && fstat(file_.fd, &info) == 0, name_,
             ": cannot be opened: ", std::strerror(errno));
  check_data(S_ISREG(info.st_mode), name_, ": is not a regular file");
  size_ = static_cast<std::uint64_t>(info.st_size);
}

void InputFile::read(std::uint64_t at, void* into, std::uint64_t count) const {
  for (char* to = static_cast<char*>(into); count > 0;) {
    const ssize_t got =
        uninterrupted([&] { return pread(file_.fd, to, count, static_cast<off_t>(at)); });
    check_data(got >= 0, name_, ": cannot be read at byte ", at, ": ", std::strerror(errno));
    check_data(got > 0, name_, ": ended after ", at, " of ", size_, " bytes while it was read");
    to += got;
    at += static_cast<std::uint64_t>(got);
    count -= static_cast<std::uint64_t>(got);
  }
}

std::vector<std::uint8_t> read_file(const fs::path& path, std::uint64_t limit) {
  const InputFile file(path);
  check_data(file.size() <= limit, file.name(), ": ", file.size(), " bytes, expected at most ",
             limit);
  std::vector<std::uint8_t> bytes(file.size());
  file.read(0, bytes.data(), bytes.size());
  return bytes;
}

std::string printable(const fs::path& text) {
  std::string out;
  for (std::string_view rest = text.native(); !rest.empty();) {
    const std::size_t length = printable_length(rest);
    if (length > 0) {
      out += rest.substr(0, length);
    } else {
      out += hex_escape(rest[0]);
    }
    rest.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

std::string escaped_name(const fs::path& text) {
  std::string out;
  for (std::string_view rest = text.native(); !rest.empty();) {
    const std::size_t length = printable_length(rest);
    const bool is_ascii = static_cast<unsigned char>(rest[0]) < 0x80;
    if (rest[0] == '\\') {
      out += "\\\\";
    } else if (length > 0 || is_ascii) {
      out += rest.substr(0, std::max<std::size_t>(length, 1));
    } else {
      out += hex_escape(rest[0]);
    }
    rest.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

}  // namespace ek
