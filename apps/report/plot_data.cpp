#include "apps/report/plot_data.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include "evenkeel/core/base/check.h"

namespace ek {
namespace {

constexpr std::size_t kPoints = 2000;  // of a whole plot: at most some 50 kB of SVG

bool can_be_drawn(double value, bool logarithmic) {
  return std::isfinite(value) && (!logarithmic || value > 0);
}

/// The smallest value above 0 that the axis shows: where a band that reaches below 0 is cut off.
double smallest_positive(const Plot& plot) {
  double smallest = HUGE_VAL;
  for (const Series& series : plot.series)
    for (const auto* values : {&series.y, &series.low, &series.high})
      for (const double v : *values)
        if (v > 0) smallest = std::min(smallest, v);
  return smallest;
}

DrawnSeries drawn(const Series& s, const Plot& plot, double floor) {
  check(s.x.size() == s.y.size() && s.low.size() == s.high.size() &&
            (s.low.empty() || s.low.size() == s.y.size()),
        "plot '", plot.title, "', series '", s.name, "': ", s.x.size(), " x, ", s.y.size(), " y, ",
        s.low.size(), " low and ", s.high.size(), " high");
  DrawnSeries result = {.runs = {{}}, .band = !s.low.empty()};
  for (std::size_t i = 0; i < s.x.size(); ++i) {
    if (!can_be_drawn(s.x[i], plot.log_x) || !can_be_drawn(s.y[i], plot.log_y)) {
      if (!result.runs.back().empty()) result.runs.emplace_back();
      continue;
    }
    Point p = {s.x[i], s.y[i], s.y[i], s.y[i]};
    if (result.band && std::isfinite(s.low[i]))
      p.low = plot.log_y ? std::max(s.low[i], floor) : s.low[i];
    if (result.band && can_be_drawn(s.high[i], plot.log_y)) p.high = s.high[i];
    result.runs.back().push_back(p);
  }
  if (result.runs.back().empty()) result.runs.pop_back();
  return result;
}

std::vector<Point> thinned(const std::vector<Point>& run, std::size_t keep) {
  const std::size_t stretches = std::max<std::size_t>(1, keep / 2);
  if (run.size() <= 2 * stretches) return run;
  std::vector<Point> few;
  for (std::size_t i = 0; i < stretches; ++i) {
    const auto begin = run.begin() + static_cast<std::ptrdiff_t>(i * run.size() / stretches);
    const auto end = run.begin() + static_cast<std::ptrdiff_t>((i + 1) * run.size() / stretches);
    auto [low, high] =
        std::minmax_element(begin, end, [](const Point& a, const Point& b) { return a.y < b.y; });
    if (low > high) std::swap(low, high);
    few.push_back(*low);
    if (high != low) few.push_back(*high);
  }
  return few;
}

std::optional<Range> range_of(const std::vector<DrawnSeries>& all, double Point::*low,
                              double Point::*high) {
  std::optional<Range> range;
  for (const DrawnSeries& series : all)
    for (const auto& run : series.runs)
      for (const Point& p : run) {
        if (!range) range = {p.*low, p.*high};
        range->low = std::min(range->low, p.*low);
        range->high = std::max(range->high, p.*high);
      }
  return range;
}

}  // namespace

std::size_t DrawnSeries::points() const {
  std::size_t sum = 0;
  for (const auto& run : runs) sum += run.size();
  return sum;
}

std::vector<DrawnSeries> drawn_series(const Plot& plot) {
  const double floor = plot.log_y ? smallest_positive(plot) : 0;
  std::vector<DrawnSeries> all;
  std::size_t points = 0;
  for (const Series& series : plot.series) {
    all.push_back(drawn(series, plot, floor));
    points += all.back().points() * (all.back().band ? 3 : 1);
  }
  if (points <= kPoints) return all;
  for (DrawnSeries& series : all)
    for (auto& run : series.runs) run = thinned(run, run.size() * kPoints / points);
  return all;
}

std::optional<Range> x_range(const std::vector<DrawnSeries>& all) {
  return range_of(all, &Point::x, &Point::x);
}

std::optional<Range> y_range(const std::vector<DrawnSeries>& all) {
  return range_of(all, &Point::low, &Point::high);
}

}  // namespace ek
