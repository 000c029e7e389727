// A system that gives no more threads, for tests: stands in front of pthread_create.
#pragma once

namespace ek {

/// While one lives, the next `allowed` threads of this program are made and all further ones are refused with EAGAIN, as
/// by ulimit -u. For other programs the same is a library to preload, with EVENKEEL_TEST_THREADS=allowed.
class FewThreads {
 public:
  explicit FewThreads(int allowed);
  ~FewThreads();
  FewThreads(const FewThreads&) = delete;
  FewThreads& operator=(const FewThreads&) = delete;

  /// How many were refused since.
  int refused() const;
};

}  // namespace ek
