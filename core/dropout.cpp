#include "core/dropout.h"

#include <cmath>

#include "core/autograd.h"
#include "core/check.h"
#include "core/elementwise.h"
#include "core/parallel.h"
#include "core/profile.h"

namespace ek {

/// y = x m, m_i = [u_i >= p] / (1 - p)         dx = dy m
Tensor dropout(const Tensor& x, double p, const Stream& stream) {
  check(p >= 0 && p <= 1, "dropout: expected a probability between 0 and 1, got ", p);
  if (p == 0) return x;
  Tensor mask(x.shape());
  const ProfileScope scope("dropout", x.shape());
  profile_count(0, mask.numel());
  const Real scale = p < 1 ? static_cast<Real>(1 / (1 - p)) : 0;
  const auto drop = static_cast<std::uint64_t>(std::ceil(p * 0x1p32));  // of the 2^32 values of a random number
  const auto m = mask.mutable_data();
  parallel_for(x.numel(), kElementGrain, [&](std::int64_t begin, std::int64_t end) {
    for (auto i = static_cast<std::uint64_t>(begin); i < static_cast<std::uint64_t>(end); i += 4) {
      const auto random = stream.block(i / 4);  // kElementGrain is a multiple of 4
      for (std::uint64_t j = 0; j < 4 && i + j < static_cast<std::uint64_t>(end); ++j)
        m[i + j] = random[j] >= drop ? scale : 0;
    }
  });
  return x * mask;
}

}  // namespace ek
