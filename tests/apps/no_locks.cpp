// To be preloaded: a file system without locks, as some network file systems are.
#include <dlfcn.h>
#include <fcntl.h>

#include <cerrno>
#include <cstdarg>

namespace {

int without_locks(const char* name, int fd, int command, void* argument) {
  if (command == F_OFD_SETLK || command == F_OFD_GETLK) {
    errno = ENOLCK;
    return -1;
  }
  using Call = int (*)(int, int, ...);
  return reinterpret_cast<Call>(dlsym(RTLD_NEXT, name))(fd, command, argument);
}

}  // namespace

extern "C" {

int fcntl(int fd, int command, ...) {
  va_list list;
  va_start(list, command);
  void* argument = va_arg(list, void*);
  va_end(list);
  return without_locks("fcntl", fd, command, argument);
}

int fcntl64(int fd, int command, ...) {
  va_list list;
  va_start(list, command);
  void* argument = va_arg(list, void*);
  va_end(list);
  return without_locks("fcntl64", fd, command, argument);
}

}  // extern "C"
