// The axes of a plot, in gnuplot's words.
#pragma once

#include <string>
#include <vector>

#include "apps/report/page.h"
#include "apps/report/plot_data.h"

namespace ek {

/// A name as gnuplot reads it: between quotes inside of which nothing has a meaning.
std::string quoted(const std::string& text);

/// The axes' names as they are shown: those of logarithmic ones say that they are.
std::string x_label(const Plot& plot);
std::string y_label(const Plot& plot);

/// Names, scales, ranges and ticks for what is drawn; both ranges must be there.
std::string axes_script(const Plot& plot, const std::vector<DrawnSeries>& all);

}  // namespace ek
