// Plots and pictures as <figure> elements.
#pragma once

#include <string>

#include "apps/report/page.h"

namespace ek {

/// Title, legend and drawing; `number` is unique within the page. Where gnuplot cannot draw it, its message stands in
/// the drawing's place.
std::string plot_figure(const Plot& plot, int number);

std::string picture_figure(const Picture& picture);

}  // namespace ek
