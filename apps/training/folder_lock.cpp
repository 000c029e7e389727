#include "apps/training/folder_lock.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "evenkeel/core/base/check.h"

namespace ek {
namespace {

namespace fs = std::filesystem;

fs::path lock_file(const fs::path& folder) { return folder / FolderLock::kName; }

/// The number of the process that holds the lock, as it has written it.
std::string holder(int fd) {
  char digits[24] = {};
  const ssize_t length = uninterrupted([&] { return ::pread(fd, digits, sizeof digits - 1, 0); });
  const std::string number(digits, digits + std::max<ssize_t>(length, 0));
  const std::string known = number.substr(0, number.find_first_not_of("0123456789"));
  return known.empty() ? "" : " (process " + known + ")";
}

[[noreturn]] void throw_held(const fs::path& folder, int fd) {
  throw std::runtime_error(
      text(printable(folder), ": another convnet", holder(fd),
           " is writing there; wait until it ends, or name another folder with --out"));
}

[[noreturn]] void throw_system_error(const fs::path& folder) {
  throw std::runtime_error(
      text(printable(folder), ": cannot write into the folder: ", std::strerror(errno)));
}

/// Whether `fd` is what stands there under that name.
bool is_still(int fd, const fs::path& file) {
  struct stat mine {
  }, there{};
  return ::fstat(fd, &mine) == 0 && ::stat(file.c_str(), &there) == 0 &&
         mine.st_dev == there.st_dev && mine.st_ino == there.st_ino;
}

/// For the whole file, by whoever has it open: not by the process, which may open it twice.
struct flock whole_file() {
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return lock;
}

bool is_held(int error) { return error == EAGAIN || error == EACCES; }

}  // namespace

FolderLock::FolderLock(const fs::path& folder) {
  const fs::path file = lock_file(folder);
  do {
    Descriptor opened(
        uninterrupted([&] { return ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666); }));
    if (opened.fd < 0) throw_system_error(folder);
    std::swap(file_.fd, opened.fd);
    struct flock lock = whole_file();
    if (uninterrupted([&] { return ::fcntl(file_.fd, F_OFD_SETLK, &lock); }) == 0) continue;
    if (is_held(errno)) throw_held(folder, file_.fd);
    warning_ = text(printable(folder), ": its file system has no locks (", std::strerror(errno),
                    "), so nothing keeps another convnet from writing there too");
  } while (!is_still(file_.fd,
                     file));  // if not, its holder has ended and removed it since it was opened
  name_.emplace(file);
  const std::string number = text(::getpid(), '\n');
  // On a full disk it remains a lock, without a number.
  if (::ftruncate(file_.fd, 0) != 0 || ::pwrite(file_.fd, number.data(), number.size(), 0) < 0)
    return;
}

void check_unlocked(const fs::path& folder) {
  const Descriptor file(uninterrupted(
      [&] { return ::open(lock_file(folder).c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC); }));
  struct flock lock = whole_file();
  const bool known =
      file.fd >= 0 && uninterrupted([&] { return ::fcntl(file.fd, F_OFD_GETLK, &lock); }) == 0;
  if (known && lock.l_type != F_UNLCK) throw_held(folder, file.fd);
}

}  // namespace ek
