// gnuplot's SVG, made a part of an HTML page.
#pragma once

#include <string>

namespace ek {

/// The drawing as an <svg> element that scales with its place: text and axes in the colour of the text around it, the
/// series in the page's colours (--s1, ...), all ids starting with `prefix`, named `label` for who cannot see it.
/// Throws std::runtime_error where that is no drawing by gnuplot.
std::string inline_svg(const std::string& drawing, const std::string& prefix,
                       const std::string& label);

}  // namespace ek
