// The part of a plot's data that can be drawn.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "apps/report/page.h"

namespace ek {

struct Point {
  double x, y, low, high;  // low and high: y itself where there is no band
};

/// A series cut into runs of points without a gap: a value that cannot be drawn ends a run.
struct DrawnSeries {
  std::vector<std::vector<Point>> runs;
  bool band = false;
  std::size_t points() const;
};

struct Range {
  double low, high;
};

/// All series, in their order, those without points too. Long ones are thinned out to what a plot can show: of every
/// stretch the smallest and the largest value stay.
std::vector<DrawnSeries> drawn_series(const Plot& plot);

/// The smallest and largest value of a coordinate; none where nothing is drawn.
std::optional<Range> x_range(const std::vector<DrawnSeries>& all);
std::optional<Range> y_range(const std::vector<DrawnSeries>& all);

}  // namespace ek
