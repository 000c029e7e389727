#include "apps/training/interrupt.h"

#include <unistd.h>

#include <atomic>
#include <csignal>

#include "core/temporary_file.h"

namespace ek {
namespace {

std::atomic<int> arrived = 0;
std::atomic<bool> insisted = false;
static_assert(std::atomic<int>::is_always_lock_free, "a signal handler may use nothing else");

// A SIGHUP never ends the program at once, and does not count as the first of two: a terminal that is closed often sends
// it twice, once by the system and once by the shell, and some send SIGTERM along with it.
void on_signal(int signal) {
  int none = 0;
  arrived.compare_exchange_strong(none, signal);
  if (signal == SIGHUP || !insisted.exchange(true)) return;
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

void catch_interrupts() {
  handle(SIGINT);
  handle(SIGTERM);
  struct sigaction before = {};
  ::sigaction(SIGHUP, nullptr, &before);
  if (before.sa_handler != SIG_IGN) handle(SIGHUP);
}

int interrupted() { return arrived; }

}  // namespace ek
