// Reading a tensor piece by piece: where its values are still to be computed, each piece is read while
// it is in the cache, and the whole is never in memory.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "evenkeel/core/base/real.h"
#include "evenkeel/core/tensor/tensor.h"

namespace ek {

/// Who takes a tensor piece by piece, and each value once.
struct Consumer {
  const char* op;  // its name in a profile
  std::vector<Real*>
      beside;  // arrays as long as the tensor: what `take` reads and writes at the same places
  /// Takes values first, ..., first + count - 1, in row-major order. From any thread.
  std::function<void(std::int64_t first, std::int64_t count, const Real* values)> take;
};

/// Hands x over, all of it.
void consume(const Tensor& x, const Consumer& by);

/// Writes samples first, ..., first + count - 1 of a result [N, ...] to y. From any thread.
using Samples = std::function<void(std::int64_t first, std::int64_t count, Real* y)>;

/// The function that computes some samples of x alone, for an op that reads each value once. Empty
/// where x has its values or a history, or where they cannot be computed like that.
Samples samples_of(const Tensor& x);

}  // namespace ek
