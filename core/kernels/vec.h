// Vectors as wide as the instruction set that a kernel file is compiled for. For the files of core/kernels only.
#pragma once

#include <cstdint>
#include <cstring>

#include "evenkeel/core/base/real.h"

namespace ek {
namespace {

#if defined(__AVX512F__)
constexpr int kVectorBytes = 64;
#elif defined(__AVX2__)
constexpr int kVectorBytes = 32;
#else
constexpr int kVectorBytes = 16;
#endif

constexpr int kRegisters = kVectorBytes == 64 ? 32 : 16;  // that hold such a vector

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

}  // namespace
}  // namespace ek
