// Pictures as PNG.
#pragma once

#include <string>

#include "apps/report/page.h"

namespace ek {

/// The picture as a "data:image/png;base64,..." address, which an <img> shows without a file. Throws
/// std::invalid_argument where its sizes do not fit.
std::string png_address(const Picture& picture);

}  // namespace ek
