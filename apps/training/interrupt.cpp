#include "apps/training/interrupt.h"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "evenkeel/core/files/temporary_file.h"

namespace ek {
namespace {

std::atomic<int> arrived = 0;
std::atomic<bool> insisted = false;
const char* said_first = nullptr;  // set before there is a handler
static_assert(std::atomic<int>::is_always_lock_free, "a signal handler may use nothing else");

/// For a signal handler. What cannot be written is let go: the flag is what counts.
void say(const char* line) {
  if (!line) return;
  const int before = errno;
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line, std::strlen(line));
  errno = before;
}

// A SIGHUP never ends the program at once, and does not count as the first of two: a terminal that is closed often sends
// it twice, once by the system and once by the shell, and some send SIGTERM along with it.
void on_signal(int signal) {
  int none = 0;
  arrived.compare_exchange_strong(none, signal);
  if (signal == SIGHUP) return;
  if (!insisted.exchange(true)) {
    say(said_first);
    return;
  }
  remove_temporary_files();
  ::_exit(128 + signal);
}

void handle(int signal) {
  struct sigaction action = {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  ::sigaction(signal, &action, nullptr);
}

}  // namespace

void catch_interrupts(const char* said) {
  said_first = ::isatty(STDERR_FILENO) == 1 ? said : nullptr;
  handle(SIGINT);
  handle(SIGTERM);
  struct sigaction before = {};
  ::sigaction(SIGHUP, nullptr, &before);
  if (before.sa_handler != SIG_IGN) handle(SIGHUP);
}

int interrupted() { return arrived; }

}  // namespace ek
