#include "evenkeel/core/machine/denormals.h"

#ifdef __x86_64__
#include <xmmintrin.h>
#endif

namespace ek {
namespace {

// The register that controls the floating-point unit, and its bits.
#if defined(__x86_64__)
constexpr std::uint64_t kFlushResults = 0x8000, kReadAsZero = 0x0040;  // MXCSR: FTZ and DAZ
constexpr std::uint64_t kFlush = kFlushResults | kReadAsZero;
std::uint64_t read_control() { return _mm_getcsr(); }
void write_control(std::uint64_t control) { _mm_setcsr(static_cast<unsigned>(control)); }
#elif defined(__aarch64__)
constexpr std::uint64_t kFlush = std::uint64_t{1} << 24;  // FPCR: FZ, for inputs and results
std::uint64_t read_control() {
  std::uint64_t control;
  asm volatile("mrs %0, fpcr" : "=r"(control));
  return control;
}
void write_control(std::uint64_t control) { asm volatile("msr fpcr, %0" : : "r"(control)); }
#else
constexpr std::uint64_t kFlush = 0;
std::uint64_t read_control() { return 0; }
void write_control(std::uint64_t) {}
#endif

/// Writing the register stops the processor for some cycles, so that is left out where nothing changes.
void set_control(std::uint64_t now, std::uint64_t wanted) {
  if (now != wanted) write_control(wanted);
}

}  // namespace

FlushDenormals::FlushDenormals() : before_(read_control()) {
  set_control(before_, before_ | kFlush);
}

// Only these bits are put back: others, such as the exceptions that were seen, are the caller's.
FlushDenormals::~FlushDenormals() {
  const std::uint64_t now = read_control();
  set_control(now, (now & ~kFlush) | (before_ & kFlush));
}

void flush_denormals() {
  const std::uint64_t now = read_control();
  set_control(now, now | kFlush);
}

bool denormals_are_flushed() { return (read_control() & kFlush) == kFlush; }

}  // namespace ek
