#include "apps/report/share_axes.h"

#include <algorithm>
#include <optional>

#include "apps/report/plot_data.h"

namespace ek {
namespace {

void widen(std::optional<Limits>& limits, const std::optional<Range>& range) {
  if (!range) return;
  if (!limits) limits = {range->low, range->high};
  limits->low = std::min(limits->low, range->low);
  limits->high = std::max(limits->high, range->high);
}

}  // namespace

void share_axes(const std::vector<Plot*>& plots) {
  const bool log_x = std::ranges::any_of(plots, &Plot::log_x),
             log_y = std::ranges::any_of(plots, &Plot::log_y);
  std::optional<Limits> x, y;
  for (Plot* plot : plots) {
    plot->log_x = log_x;
    plot->log_y = log_y;
    const std::vector<DrawnSeries> drawn = drawn_series(*plot);
    widen(x, x_range(drawn));
    widen(y, y_range(drawn));
  }
  for (Plot* plot : plots) {
    plot->x_limits = x;
    plot->y_limits = y;
  }
}

}  // namespace ek
