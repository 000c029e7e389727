// Products of large matrices on the tile kernel: what a Linear layer with many inputs is made of. Smaller ones, and
// those with sizes that fill no vectors, are BLAS's (core/fast/gemm.h).
#pragma once

#include <cstdint>

#include "evenkeel/core/base/real.h"
#include "evenkeel/core/tensor/pieces.h"

namespace ek {

/// Whether the functions below are the faster way for C [M, N] = A [M, K] B [K, N].
bool wide_product_takes(std::int64_t m, std::int64_t n, std::int64_t k);
bool deep_product_takes(std::int64_t m, std::int64_t n, std::int64_t k);
bool dot_product_takes(std::int64_t m, std::int64_t n, std::int64_t k);

/// C = A B with many columns N, a multiple of kChannelBlock; all row-major. Where c is null, its values go to a consumer.
void wide_product(std::int64_t m, std::int64_t n, std::int64_t k, const Real* a, const Real* b,
                  Real* c, const Consumer* to = nullptr);

/// C [N, M], row-major, = (A B^T)^T with a long sum K: a [M, K] and b [N, K], both row-major.
void deep_product(std::int64_t m, std::int64_t n, std::int64_t k, const Real* a, const Real* b,
                  Real* c);

/// The same for few rows N of b, with K a multiple of kChannelBlock: a is read once, as it lies.
void dot_product(std::int64_t m, std::int64_t n, std::int64_t k, const Real* a, const Real* b,
                 Real* c);

}  // namespace ek
