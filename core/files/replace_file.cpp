#include "evenkeel/core/files/replace_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/files/temporary_file.h"

namespace ek {

// Only what the disk has confirmed takes the old file's place. A failed flush is never tried again: the system may have
// dropped the data and would report success.
void replace_file(const fs::path& path, const std::vector<std::span<const std::byte>>& parts) {
  const fs::path parent = path.parent_path() / ".";
  std::size_t size = 0;
  for (const auto part : parts) size += part.size();
  const auto demand = [&](bool ok, const char* action) {
    if (ok) return;
    const std::string reason = std::strerror(errno);
    std::error_code unknown;
    const fs::space_info space = fs::space(parent, unknown);
    throw std::runtime_error(
        text(path.string(), ": cannot ", action, ": ", reason, " (the file takes ", size, " bytes",
             unknown ? "" : text(", the disk has ", space.available, " free"), ")"));
  };
  const Descriptor folder(
      uninterrupted([&] { return ::open(parent.c_str(), O_RDONLY | O_CLOEXEC | O_DIRECTORY); }));
  demand(folder.fd >= 0, "open its folder");
  TemporaryFile temporary(temporary_name(path));
  const std::string name = temporary.path().string();
  ::unlink(name.c_str());  // left by a process of the same number that was killed
  Descriptor file(uninterrupted(
      [&] { return ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666); }));
  demand(file.fd >= 0, "create");
  for (auto part : parts)
    while (!part.empty()) {
      const ssize_t n = uninterrupted([&] { return ::write(file.fd, part.data(), part.size()); });
      demand(n > 0, "write");
      part = part.subspan(static_cast<std::size_t>(n));
    }
  demand(uninterrupted([&] { return ::fsync(file.fd); }) == 0, "flush");
  demand(::close(std::exchange(file.fd, -1)) == 0 || errno == EINTR, "close");
  demand(uninterrupted([&] { return ::rename(name.c_str(), path.c_str()); }) == 0, "rename");
  temporary.release();
  demand(uninterrupted([&] { return ::fsync(folder.fd); }) == 0 || errno == EINVAL,
         "flush its folder");
}

}  // namespace ek
