#include "evenkeel/core/ops/random.h"

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <numeric>
#include <utility>

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/machine/parallel.h"
#include "evenkeel/core/machine/profile.h"
#include "evenkeel/core/ops/elementwise.h"
#include "evenkeel/core/tensor/op.h"

namespace ek {
namespace {

// The mixing step of splitmix64: a bijection of 64 bits under which near numbers come out far apart.
std::uint64_t mix(std::uint64_t z) {
  z += 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

// FNV-1a, 64 bits.
std::uint64_t hash(std::string_view name) {
  std::uint64_t h = 0xCBF29CE484222325u;
  for (const char c : name) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001B3u;
  return h;
}

/// Writes f(the 32 bits with the element's index) into every element; in parallel.
void fill(Tensor& t, const Stream& stream, auto f) {
  const auto out = t.mutable_data();
  parallel_each((t.numel() + 3) / 4, kElementGrain / 4, [&](std::int64_t block) {
    const auto index = static_cast<std::uint64_t>(block);
    const auto bits = stream.block(index);
    for (std::size_t i = 4 * index, j = 0; j < 4 && i + j < out.size(); ++j)
      out[i + j] = static_cast<Real>(f(bits[j]));
  });
}

}  // namespace

Stream::Stream(std::uint64_t seed, std::string_view name) : key_(mix(mix(seed) ^ hash(name))) {}
Stream::Stream(std::uint64_t seed, std::uint64_t number)
    : key_(mix(mix(seed) + mix(number ^ 0x5851F42D4C957F2Du))) {}

// Ten rounds; each multiplies two of the four counter words by constants and mixes the halves of the
// products.
std::array<std::uint32_t, 4> Stream::block(std::uint64_t index) const {
  auto lo = [](std::uint64_t v) { return static_cast<std::uint32_t>(v); };
  auto hi = [](std::uint64_t v) { return static_cast<std::uint32_t>(v >> 32); };
  std::array<std::uint32_t, 4> c = {lo(index), hi(index), 0, 0};
  std::uint32_t k0 = lo(key_), k1 = hi(key_);
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{0xD2511F53u} * c[0];
    const std::uint64_t p1 = std::uint64_t{0xCD9E8D57u} * c[2];
    c = {hi(p1) ^ c[1] ^ k0, lo(p1), hi(p0) ^ c[3] ^ k1, lo(p0)};
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return c;
}

// Box-Muller: two uniform numbers give one normal number (the sine twin is not used).
double Stream::normal(std::uint64_t index) const {
  const auto b = block(index);
  const double u1 = (b[0] + 0.5) * 0x1p-32;  // never 0
  const double u2 = b[1] * 0x1p-32;
  return std::sqrt(-2 * std::log(u1)) * std::cos(2 * std::numbers::pi * u2);
}

std::uint64_t Stream::below(std::uint64_t bound, std::uint64_t index) const {
  const auto b = block(index);
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::uint64_t>((Wide{(std::uint64_t{b[0]} << 32) | b[1]} * bound) >> 64);
}

void fill_uniform(Tensor& t, Real low, Real high, const Stream& stream) {
  fill(t, stream,
       [=](std::uint32_t bits) { return low + (double{high} - low) * (bits * 0x1p-32); });
}

/// y = x m, m_i = [u_i >= p] / (1 - p)         dx = dy m
Tensor dropout(const Tensor& x, double p, const Stream& stream) {
  check(p >= 0 && p <= 1, "dropout: expected a probability between 0 and 1, got ", p);
  if (p == 0) return x;
  Tensor mask(x.shape());
  const ProfileScope scope("dropout", x.shape(), mask.numel());
  const double scale = p < 1 ? 1 / (1 - p) : 0;
  const auto drop =
      static_cast<std::uint64_t>(std::ceil(p * 0x1p32));  // of the 2^32 values of a random number
  fill(mask, stream, [=](std::uint32_t bits) { return bits >= drop ? scale : 0; });
  return x * mask;
}

void fill_normal(Tensor& t, Real mean, Real stddev, const Stream& stream) {
  Real* out = t.mutable_data().data();
  parallel_each(t.numel(), kElementGrain, [&](std::int64_t i) {
    out[i] = static_cast<Real>(mean + stddev * stream.normal(static_cast<std::uint64_t>(i)));
  });
}

std::vector<std::int64_t> permutation(std::int64_t count, const Stream& stream) {
  check(count >= 0, "permutation: expected a count of at least 0, got ", count);
  std::vector<std::int64_t> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[stream.below(i, i)]);
  return order;
}

}  // namespace ek
