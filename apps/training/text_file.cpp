#include "apps/training/text_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <stdexcept>

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/files/file.h"

namespace ek {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void throw_cannot_write(const fs::path& file, int reason) {
  throw std::runtime_error(text(printable(file), ": cannot write: ", std::strerror(reason)));
}

/// Where the last line that is complete ends, at most `size`; -1 where that cannot be read.
off_t end_of_lines(int fd, off_t size) {
  char last = 0;
  for (; size > 0; --size) {
    if (uninterrupted([&] { return ::pread(fd, &last, 1, size - 1); }) != 1) return -1;
    if (last == '\n') break;
  }
  return size;
}

/// False, with errno, where not all of it can be written.
bool write_all(int fd, const std::string& content) {
  for (std::size_t done = 0; done < content.size();) {
    const ssize_t n =
        uninterrupted([&] { return ::write(fd, content.data() + done, content.size() - done); });
    if (n < 0) return false;
    done += static_cast<std::size_t>(n);
  }
  return true;
}

}  // namespace

void write_text(const fs::path& file, const std::string& content, WriteMode mode) {
  std::FILE* stream = std::fopen(file.c_str(), mode == WriteMode::append ? "ab" : "wb");
  bool ok = stream && std::fwrite(content.data(), 1, content.size(), stream) == content.size();
  int reason = ok ? 0 : errno;
  if (stream && std::fclose(stream) != 0 && ok) {  // what is buffered meets a full disk here
    ok = false;
    reason = errno;
  }
  if (!ok) throw_cannot_write(file, reason);
}

void append_line(const fs::path& file, const std::string& line) {
  const int flags = O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC;
  const Descriptor opened(uninterrupted([&] { return ::open(file.c_str(), flags, 0666); }));
  const off_t size = opened.fd < 0 ? -1 : ::lseek(opened.fd, 0, SEEK_END);
  const off_t end = size < 0 ? -1 : end_of_lines(opened.fd, size);
  if (end < 0 || (end < size && ::ftruncate(opened.fd, end) != 0)) throw_cannot_write(file, errno);
  if (write_all(opened.fd, line + '\n')) return;
  const int reason = errno;
  // Where even this fails, the next line begins with it.
  if (::ftruncate(opened.fd, end) != 0) throw_cannot_write(file, errno);
  throw_cannot_write(file, reason);
}

}  // namespace ek
