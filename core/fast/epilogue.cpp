#include "evenkeel/core/fast/epilogue.h"

#include <cstddef>

#include "evenkeel/core/kernels/dispatch.h"

namespace ek {

void Epilogue::finish(const ConvShape& s, std::int64_t first, std::int64_t maps, std::int64_t begin,
                      std::int64_t end, Real* y) const {
  const Real* r = residual ? residual.data().data() : nullptr;
  for (std::int64_t map = first; map < first + maps; ++map) {
    const std::int64_t at = map * s.out_map() + begin * s.out_width;
    if (r)
      (relu ? kernels().add_relu : kernels().add)((end - begin) * s.out_width, y + at, r + at,
                                                  y + at);
    if (moments && end - begin == s.out_height)
      (*moments)[static_cast<std::size_t>(map)] = row_moments(s.out_map(), y + at);
  }
}

}  // namespace ek
