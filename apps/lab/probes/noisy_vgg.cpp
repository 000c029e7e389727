#include "apps/lab/probes/noisy_vgg.h"

#include <cmath>
#include <cstdint>

#include "evenkeel/core/base/real.h"
#include "evenkeel/core/machine/parallel.h"
#include "evenkeel/core/ops/elementwise.h"
#include "evenkeel/core/ops/random.h"
#include "evenkeel/core/tensor/tensor.h"

namespace ek {

Tensor Noise::forward(const Tensor& x) {
  if (!training()) return x;
  const auto step = static_cast<std::uint64_t>(steps_.mutable_data()[0]++);
  const Stream now(stream_.key(), step), channels(now.key(), "channels");
  const Real unit =
      std::sqrt(Real(3));   // uniform between -sqrt 3 and sqrt 3: mean 0, standard deviation 1
  Tensor noise(x.shape());  // [N, C, ...]
  fill_uniform(noise, -unit, unit, Stream(now.key(), "values"));

  const std::int64_t count = x.dim(1), rows = x.dim(0) * count, inner = x.numel() / rows;
  Real* values = noise.mutable_data().data();
  parallel_each(rows, 1, [&](std::int64_t row) {
    const auto c = static_cast<std::uint64_t>(row % count);
    const auto mean = static_cast<Real>(o_.largest_mean * (2 * channels.uniform(2 * c) - 1));
    const auto sd = static_cast<Real>(o_.largest_sd * channels.uniform(2 * c + 1));
    for (Real* v = values + row * inner; v < values + (row + 1) * inner; ++v) *v = mean + sd * *v;
  });
  return x + noise;
}

}  // namespace ek
