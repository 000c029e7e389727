#include "apps/report/axes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace ek {
namespace {

constexpr double kBarMargin = 0.6;         // from the middle of the first group of bars to the axis
constexpr std::size_t kCategoryRoom = 44;  // characters that fit below the axis side by side

/// `share` of the range more at both ends; a single value gets some room in any case.
Range padded(Range r, double share, bool logarithmic) {
  if (logarithmic) {
    const double factor = r.low == r.high ? 2 : std::pow(r.high / r.low, share);
    return {r.low / factor, r.high * factor};
  }
  const double margin = r.low == r.high ? std::max(0.5, std::abs(r.low) / 2) : (r.high - r.low) * share;
  return {r.low - margin, r.high + margin};
}

/// Powers of ten, as many as there is room for; on a short range twice and five times those too.
std::string log_ticks(char axis, Range r) {
  const double decades = std::log10(r.high) - std::log10(r.low);
  const int stride = std::max(1, static_cast<int>(std::ceil(decades / 6)));
  std::string ticks;
  for (int power = static_cast<int>(std::floor(std::log10(r.low))); power <= std::log10(r.high); ++power)
    for (const int digit : {1, 2, 5}) {
      const double tick = digit * std::pow(10, power);
      const bool wanted = digit == 1 ? power % stride == 0 : decades < 2.5;
      if (wanted && tick >= r.low * 0.999 && tick <= r.high * 1.001)
        ticks += fmt::format("{}{:.6g}", ticks.empty() ? "" : ", ", tick);
    }
  return ticks.empty() ? "" : fmt::format("set {}tics ({})\n", axis, ticks);
}

/// The distance of ticks of a linear axis, 1, 2 or 5 times a power of ten, of which some `most` fit into the range:
/// gnuplot alone sets as many as there is room for.
double tick_step(Range r, double most) {
  const double least = (r.high - r.low) / most, power = std::pow(10, std::floor(std::log10(least)));
  for (const double digit : {1, 2, 5})
    if (digit * power >= least) return digit * power;
  return 10 * power;
}

std::string linear_ticks(char axis, Range r, double most) {
  const double step = tick_step(r, most);
  return std::isnormal(step) ? fmt::format("set {}tics {:.6g}\n", axis, step) : "";
}

std::string range_script(char axis, Range r) { return fmt::format("set {}range [{}:{}]\n", axis, r.low, r.high); }

std::string category_axis(const std::vector<std::string>& names, Range x) {
  std::size_t length = 0;
  std::string ticks;
  for (std::size_t i = 0; i < names.size(); ++i) {
    length = std::max(length, names[i].size() + 1);
    ticks += fmt::format("{}{} {}", i == 0 ? "" : ", ", quoted(names[i]), i);
  }
  if (!names.empty()) x = {0, static_cast<double>(names.size() - 1)};
  return range_script('x', {x.low - kBarMargin, x.high + kBarMargin}) +
         (names.empty() ? "" : fmt::format("set xtics ({}) scale 0\n", ticks)) +
         (length * names.size() > kCategoryRoom ? "set xtics rotate by 30 right\n" : "");
}

/// True for epochs, layers and other things that are counted, where a tick between two is nonsense.
bool few_whole_numbers(const std::vector<DrawnSeries>& all, Range r) {
  if (r.high - r.low > 9) return false;
  for (const DrawnSeries& series : all)
    for (const auto& run : series.runs)
      for (const Point& p : run)
        if (p.x != std::round(p.x)) return false;
  return true;
}

std::string x_axis(const Plot& plot, const std::vector<DrawnSeries>& all, Range x) {
  if (plot.kind == PlotKind::bars) return category_axis(plot.categories, x);
  const bool single = x.low == x.high;
  const Range shown = plot.kind == PlotKind::lines && !single ? x : padded(x, 0.05, plot.log_x);
  return range_script('x', shown) + (plot.log_x                  ? "set logscale x\n" + log_ticks('x', shown)
                                     : few_whole_numbers(all, x) ? "set xtics 1\n"
                                                                 : "");
}

std::string y_axis(const Plot& plot, Range y) {
  if (plot.log_y) {
    const Range shown = padded(y, 0.05, true);
    return range_script('y', shown) + "set logscale y\n" + log_ticks('y', shown);
  }
  const bool bars = plot.kind == PlotKind::bars;
  if (bars) y = {std::min(y.low, 0.0), std::max(y.high, 0.0)};
  if (y.low == y.high) return "";
  return linear_ticks('y', y, 5) + (!bars         ? ""
                                    : y.low == 0  ? "set yrange [0:*]\n"
                                    : y.high == 0 ? "set yrange [*:0]\n"
                                                  : "set xzeroaxis\n");
}

}  // namespace

std::string quoted(const std::string& text) {
  std::string all = "'";
  for (const char c : text) {
    if (c == '\'') all += '\'';  // doubled, it stands for itself
    all += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
  }
  return all + "'";
}

std::string axes_script(const Plot& plot, const std::vector<DrawnSeries>& all) {
  return fmt::format("set xlabel {}\nset ylabel {}\n", quoted(plot.x_label), quoted(plot.y_label)) +
         x_axis(plot, all, x_range(all).value()) + y_axis(plot, y_range(all).value());
}

}  // namespace ek
