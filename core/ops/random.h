// Random numbers by index: the i-th number of a stream is a function of (key, i) alone. Nothing is drawn
// "next", so any thread can compute any number, and the result depends on neither order nor thread count.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "evenkeel/core/base/real.h"
#include "evenkeel/core/tensor/tensor.h"

namespace ek {

/// A stream of random numbers: Philox4x32-10 [Salmon2011] under a 64-bit key.
class Stream {
 public:
  explicit Stream(std::uint64_t key) : key_(key) {}
  /// The stream that belongs to a seed and a name or number: streams of different names are independent.
  Stream(std::uint64_t seed, std::string_view name);
  Stream(std::uint64_t seed, std::uint64_t number);

  /// Four 32-bit numbers: the block with this index.
  std::array<std::uint32_t, 4> block(std::uint64_t index) const;
  /// The number with this index: whole, 32 bits; uniform in [0, 1); standard normal.
  std::uint32_t bits(std::uint64_t index) const { return block(index / 4)[index % 4]; }
  double uniform(std::uint64_t index) const { return bits(index) * 0x1p-32; }
  double normal(std::uint64_t index) const;
  /// A whole number in [0, bound), from 64 bits (the bias is below bound / 2^64).
  std::uint64_t below(std::uint64_t bound, std::uint64_t index) const;

  std::uint64_t key() const { return key_; }

 private:
  std::uint64_t key_;
};

/// Writes low + (high - low) * u, u uniform in [0, 1), into every element; in parallel.
void fill_uniform(Tensor& t, Real low, Real high, const Stream& stream);
/// Writes mean + stddev * z, z standard normal, into every element; in parallel.
void fill_normal(Tensor& t, Real mean, Real stddev, const Stream& stream);
/// Inverted dropout [Srivastava2014]: what is kept is scaled up in training, so that inference is the identity.
/// y_i = x_i / (1 - p) with probability 1 - p, else 0; any shape -> the same shape. Which elements are kept
/// is a function of the stream alone. REQUIRES: 0 <= p <= 1.
Tensor dropout(const Tensor& x, double p, const Stream& stream);
/// The numbers 0, ..., count - 1 in random order (Fisher-Yates).
std::vector<std::int64_t> permutation(std::int64_t count, const Stream& stream);

/// The source of streams where the caller names none: initial weights, dropout. Its whole state is (seed,
/// position).
struct Generator {
  std::uint64_t seed = 0;
  std::uint64_t position = 0;
  Stream next() { return {seed, position++}; }
};
inline Generator& default_generator() {
  static Generator generator;
  return generator;
}
/// Starts the default generator anew.
inline void manual_seed(std::uint64_t seed) { default_generator() = {seed, 0}; }

}  // namespace ek
