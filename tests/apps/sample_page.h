// A page with everything that a page can hold, names that mean something in HTML and to gnuplot among it.
#pragma once

#include "apps/report/page.h"

namespace ek {

Page sample_page();

/// The plots of it that can be drawn; one more has nothing that can be.
inline constexpr int kSamplePlots = 5;

}  // namespace ek
