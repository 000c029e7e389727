// To be preloaded: a file system without locks, as some network file systems are.
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>

namespace {

int without_locks(int fd, int command, void* argument) {
  if (command == F_OFD_SETLK || command == F_OFD_GETLK) {
    errno = ENOLCK;
    return -1;
  }
  return static_cast<int>(::syscall(SYS_fcntl, fd, command, argument));
}

void* argument_of(va_list list) { return va_arg(list, void*); }

}  // namespace

extern "C" {

int fcntl(int fd, int command, ...) {
  va_list list;
  va_start(list, command);
  void* const argument = argument_of(list);
  va_end(list);
  return without_locks(fd, command, argument);
}

int fcntl64(int fd, int command, ...) {
  va_list list;
  va_start(list, command);
  void* const argument = argument_of(list);
  va_end(list);
  return without_locks(fd, command, argument);
}

}  // extern "C"
