// The number of threads, for the length of a scope.
#pragma once

#include "evenkeel/core/machine/parallel.h"

namespace ek {

/// While one lives, parallel_for uses `count` threads.
class Threads {
 public:
  explicit Threads(int count) : before_(num_threads()) { set_num_threads(count); }
  ~Threads() { set_num_threads(before_); }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

 private:
  int before_;
};

}  // namespace ek
