// Files from outside: opened without ever waiting, and shown in messages without breaking the line.
#pragma once

#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

namespace ek {

namespace fs = std::filesystem;

/// A file descriptor that is closed with its owner.
struct Descriptor {
  int fd = -1;
  explicit Descriptor(int opened = -1) : fd(opened) {}
  ~Descriptor();
  Descriptor& operator=(Descriptor&&) = delete;  // neither copied nor moved
};

/// Repeats a system call that a signal interrupted.
auto uninterrupted(auto call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

/// A regular file, open for reading. A pipe, a device or a folder is refused at once, as is a file that is missing or may
/// not be read. Errors are DataError.
class InputFile {
 public:
  explicit InputFile(const fs::path& path);
  /// Its path, printable.
  const std::string& name() const { return name_; }
  std::uint64_t size() const { return size_; }
  int descriptor() const { return file_.fd; }
  /// Copies `count` bytes from byte `at` on.
  void read(std::uint64_t at, void* into, std::uint64_t count) const;

 private:
  std::string name_;
  Descriptor file_;
  std::uint64_t size_ = 0;
};

/// The bytes of a regular file. Throws DataError as InputFile does, and for a file of more than `limit` bytes.
std::vector<std::uint8_t> read_file(const fs::path& path,
                                    std::uint64_t limit = std::uint64_t{1} << 40);

/// True if there is a file or folder of this name; false too where that cannot be found out.
inline bool path_exists(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

/// True if there is a regular file of this name, or a link to one.
inline bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

/// For people: the text as valid UTF-8 in one line. A control character or a byte that is no UTF-8 becomes \xNN, so that
/// nothing that comes from a file reaches a terminal as a command. Names that differ stay different, unless one of them
/// holds such an escape as plain text.
std::string printable(const fs::path& text);

/// For programs: as printable, but control characters stay (JSON has escapes of its own) and a backslash becomes two, so
/// that every name can be had back exactly.
std::string escaped_name(const fs::path& text);

}  // namespace ek
