// What tells the series of a plot apart: colour, dash and marker, so that no two that stand together differ in colour
// alone. gnuplot's script and the legend in HTML are made from the same marks.
#pragma once

#include <array>
#include <cstddef>
#include <string>

namespace ek {

struct Mark {
  std::size_t color;        // 1, 2, ...: the CSS variable --s1, ...
  int point;                // gnuplot's point type
  std::array<int, 4> dash;  // drawn, left out, drawn, left out, in pixels; 0, 0, 0, 0: solid
  double fill;              // opacity of a bar
};

inline constexpr std::size_t kColors = 7;

/// The mark of the series with this number; the periods have no common factor.
inline Mark mark_of(std::size_t series) {
  static constexpr std::array<int, 5> kPoints = {
      7, 5, 9, 13, 11};  // disc, square, triangle, diamond, triangle down
  static constexpr std::array<std::array<int, 4>, 4> kDashes = {
      {{0, 0, 0, 0}, {9, 4, 9, 4}, {2, 4, 2, 4}, {9, 4, 2, 4}}};
  static constexpr std::array<double, 3> kFills = {0.85, 0.4, 0.15};
  return {series % kColors + 1, kPoints[series % kPoints.size()], kDashes[series % kDashes.size()],
          kFills[series % kFills.size()]};
}

/// The colour that the script names and the page replaces: gnuplot knows nothing of light and dark. As gnuplot reads
/// it, and as it writes it.
std::string script_color(std::size_t color);
std::string svg_color(std::size_t color);
inline constexpr std::size_t kGridColor = kColors + 1, kTextColor = kColors + 2;

}  // namespace ek
