// The axes of a plot, in gnuplot's words.
#pragma once

#include <string>

#include "apps/report/plot_data.h"

namespace ek {

/// A name as gnuplot reads it: between quotes inside of which nothing has a meaning.
std::string quoted(const std::string& text);

/// Names, scales, ranges and ticks for what is drawn; both ranges must be there.
std::string axes_script(const Plot& plot, const std::vector<DrawnSeries>& all);

}  // namespace ek
