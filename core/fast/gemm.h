// General matrix product, the only user of BLAS.
#pragma once

#include <cstdint>

#include "evenkeel/core/base/real.h"

namespace ek {

enum class Trans : bool { no, yes };

/// C = op(A) op(B), row-major: op(A) [M, K], op(B) [K, N], C [M, N]. lda, ldb and ldc are the
/// distances between the rows as stored. On all threads; how the work is cut depends on M and N alone.
/// Throws std::bad_alloc where BLAS cannot have the memory that it works in.
void gemm(Trans ta, Trans tb, std::int64_t m, std::int64_t n, std::int64_t k, const Real* a,
          std::int64_t lda, const Real* b, std::int64_t ldb, Real* c, std::int64_t ldc);

}  // namespace ek
