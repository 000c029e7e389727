// A plot as a script for gnuplot.
#pragma once

#include <string>

#include "apps/report/page.h"

namespace ek {

/// The script, which prints an SVG; empty where the plot has no point that can be drawn. Throws std::invalid_argument
/// where a series' parts differ in length.
std::string plot_script(const Plot& plot);

}  // namespace ek
