#include "tests/support/few_threads.h"

#include <dlfcn.h>
#include <pthread.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <limits>

namespace ek {
namespace {

int allowed_at_start() {
  const char* given = std::getenv("EVENKEEL_TEST_THREADS");
  return given ? std::atoi(given) : std::numeric_limits<int>::max();
}

/// Other libraries may make threads before this one's own variables are set.
std::atomic<int>& left() {
  static std::atomic<int> count = allowed_at_start();
  return count;
}

std::atomic<int> refusals = 0;

}  // namespace

FewThreads::FewThreads(int allowed) {
  left() = allowed;
  refusals = 0;
}
FewThreads::~FewThreads() { left() = std::numeric_limits<int>::max(); }
int FewThreads::refused() const { return refusals; }

}  // namespace ek

extern "C" int pthread_create(pthread_t* thread, const pthread_attr_t* attributes,
                              void* (*run)(void*), void* argument) {
  using Create = int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
  static const auto create = reinterpret_cast<Create>(dlsym(RTLD_NEXT, "pthread_create"));
  if (ek::left()-- <= 0) {
    ++ek::left();
    ++ek::refusals;
    return EAGAIN;
  }
  return create(thread, attributes, run, argument);
}
