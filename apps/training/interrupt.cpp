#include "apps/training/interrupt.h"

#include <unistd.h>

#include <atomic>
#include <csignal>

namespace ek {
namespace {

std::atomic<int> arrived = 0;
static_assert(std::atomic<int>::is_always_lock_free, "a signal handler may use nothing else");

void on_signal(int signal) {
  if (arrived.exchange(signal) != 0) ::_exit(128 + signal);
}

}  // namespace

void catch_interrupts() {
  struct sigaction action = {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

int interrupted() { return arrived; }

}  // namespace ek
