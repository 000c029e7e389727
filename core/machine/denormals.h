// Denormals: numbers so small (below 1.2e-38 in float) that processors compute with them in a slow way, up to two hundred
// times slower. Weights that get no gradient have momenta that fade into them and stay there, and an epoch takes twice as
// long for numbers that mean nothing. So threads that compute take them for zero.
#pragma once

#include <cstdint>

namespace ek {

/// While one lives, this thread takes denormals for zero, in what it reads and in what it writes; then the thread is as it
/// was before. parallel_for does so around every body, and so do the threads that make batches ahead: results depend
/// neither on the number of threads nor on what the host program has set. On processors other than x86-64 and AArch64
/// nothing happens.
class FlushDenormals {
 public:
  [[nodiscard]] FlushDenormals();
  ~FlushDenormals();
  FlushDenormals& operator=(FlushDenormals&&) = delete;  // neither copied nor moved

 private:
  std::uint64_t before_;
};

/// For the rest of this thread's life. For the main thread of a program that wants its own sums to be as fast.
void flush_denormals();

/// True if this thread takes denormals for zero now.
bool denormals_are_flushed();

}  // namespace ek
