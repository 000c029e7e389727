// Vectors as wide as the instruction set that a kernel file is compiled for. For the files of core/kernels only.
#pragma once

#include <cstdint>
#include <cstring>

#include "core/real.h"

namespace ek {
namespace {

#if defined(__AVX512F__)
constexpr int kVectorBytes = 64;
#elif defined(__AVX2__)
constexpr int kVectorBytes = 32;
#else
constexpr int kVectorBytes = 16;
#endif

/// kL numbers.
typedef Real Vec __attribute__((vector_size(kVectorBytes)));
constexpr int kL = kVectorBytes / static_cast<int>(sizeof(Real));

inline Vec load(const Real* x) {
  Vec v;
  std::memcpy(&v, x, sizeof v);
  return v;
}
inline Vec max0(Vec v) { return v < 0 ? Vec{} : v; }  // in this order NaN stays NaN
inline void store(Real* x, Vec v) { std::memcpy(x, &v, sizeof v); }

/// Writes whole lines of memory past the caches: what is there is not read before. REQUIRES: x is aligned to a vector.
/// No intrinsic of both compilers does this for a Vec.
inline void stream(Real* x, Vec v) {
#if defined(__AVX__)
  asm volatile("vmovntps %0, (%1)" : : "v"(v), "r"(x) : "memory");
#elif defined(__SSE__)
  asm volatile("movntps %0, (%1)" : : "x"(v), "r"(x) : "memory");
#else
  store(x, v);
#endif
}
/// Behind it, other threads see what was streamed.
inline void stream_end() {
#if defined(__SSE__)
  asm volatile("sfence" : : : "memory");
#endif
}

}  // namespace
}  // namespace ek
