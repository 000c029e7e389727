// Images that need no file: ten classes of coloured stripes, to try a network where there is no data set.
#pragma once

#include <cstdint>
#include <memory>

#include "evenkeel/data/dataset.h"

namespace ek {

/// `size` images [3, 32, 32]; image i shows class i % 10. A class is a direction and a width of stripes and a
/// leaning towards one colour; their place, phase, extent, contrast and exact colour, the background and the
/// noise differ from image to image. Made in whole numbers from (seed, split, i): the same bytes on every
/// machine.
std::shared_ptr<const Dataset> make_synthetic(std::int64_t size, Split split,
                                              std::uint64_t seed = 0);

}  // namespace ek
