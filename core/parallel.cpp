#include "core/parallel.h"

#include <omp.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "core/check.h"

namespace ek {
namespace {

int threads = omp_get_max_threads();
thread_local bool serial = false;

// Remembers the exception of the lowest chunk.
struct FirstError {
  std::exception_ptr error;
  std::int64_t chunk = 0;

  void keep(std::int64_t at) {
#pragma omp critical(ek_first_error)
    if (!error || at < chunk) {
      error = std::current_exception();
      chunk = at;
    }
  }
};

}  // namespace

void parallel_for(std::int64_t count, std::int64_t grain,
                  const std::function<void(std::int64_t begin, std::int64_t end)>& body) {
  check(grain > 0, "parallel_for: grain must be positive, got ", grain);
  const std::int64_t chunks = (count + grain - 1) / grain;
  if (chunks <= 1 || threads == 1 || serial || omp_in_parallel()) {
    for (std::int64_t c = 0; c < chunks; ++c) body(c * grain, std::min(count, (c + 1) * grain));
    return;
  }
  FirstError first;
#pragma omp parallel for schedule(dynamic) num_threads(threads)
  for (std::int64_t c = 0; c < chunks; ++c) {
    try {
      body(c * grain, std::min(count, (c + 1) * grain));
    } catch (...) {
      first.keep(c);
    }
  }
  if (first.error) std::rethrow_exception(first.error);
}

int num_threads() { return threads; }

void set_num_threads(int n) {
  check(n >= 1, "threads: expected at least 1, got ", n);
  threads = n;
}

SerialScope::SerialScope() : before_(std::exchange(serial, true)) {}
SerialScope::~SerialScope() { serial = before_; }

}  // namespace ek
