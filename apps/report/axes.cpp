#include "apps/report/axes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <sstream>
#include <vector>

#include "apps/report/log_axis.h"
#include "apps/report/page.h"

namespace ek {
namespace {

constexpr double kBarMargin = 0.6;  // from the middle of the first group of bars to the axis
constexpr std::size_t kUprightRoom =
    26;  // characters of a name that fit beside the axis in one line
constexpr std::size_t kCategoryRoom = 44;  // characters that fit below the axis side by side

/// The range made wide enough for the limits, as far as they can be shown.
Range reaching(Range r, const std::optional<Limits>& limits, bool logarithmic) {
  if (!limits || (logarithmic && limits->low <= 0)) return r;
  return {std::min(r.low, limits->low), std::max(r.high, limits->high)};
}

/// `share` of the range more at both ends; a single value gets some room in any case.
Range padded(Range r, double share, bool logarithmic) {
  if (logarithmic) {
    const double factor = r.low == r.high ? 2 : std::pow(r.high / r.low, share);
    return {r.low / factor, r.high * factor};
  }
  const double margin =
      r.low == r.high ? std::max(0.5, std::abs(r.low) / 2) : (r.high - r.low) * share;
  return {r.low - margin, r.high + margin};
}

/// Labelled ticks, and marks without a label, which gnuplot calls those of level 1.
std::string log_axis(char axis, Range r, const std::vector<double>& data = {}) {
  std::string ticks;
  for (const double tick : log_ticks(r, data))
    ticks += fmt::format("{}{:.6g}", ticks.empty() ? "" : ", ", tick);
  if (ticks.empty()) return fmt::format("set logscale {}\n", axis);
  for (const double tick : minor_log_ticks(r)) ticks += fmt::format(", '' {:.6g} 1", tick);
  return fmt::format("set logscale {0}\nset {0}tics ({1})\n", axis, ticks);
}

std::string linear_ticks(char axis, Range r, double most) {
  const double step = tick_step(r, most);
  return std::isnormal(step) ? fmt::format("set {}tics {:.6g}\n", axis, step) : "";
}

/// The words in lines that fit beside the axis; what stands in brackets at the end is not torn.
std::vector<std::string> upright_lines(const std::string& label) {
  const std::size_t bracket = std::min(label.rfind(" ("), label.size());
  std::vector<std::string> lines = {""};
  auto add = [&](const std::string& word) {
    if (!lines.back().empty() && lines.back().size() + 1 + word.size() > kUprightRoom)
      lines.emplace_back();
    lines.back() += (lines.back().empty() ? "" : " ") + word;
  };
  std::istringstream words(label.substr(0, bracket));
  for (std::string word; words >> word;) add(word);
  if (bracket < label.size()) add(label.substr(bracket + 1));
  return lines;
}

/// The upright name; each line more takes its room beside the axis.
std::string upright(const std::string& label) {
  std::string text;
  const std::vector<std::string> lines = upright_lines(label);
  for (const std::string& line : lines) text += (text.empty() ? "" : ".\"\\n\".") + quoted(line);
  return lines.size() == 1 ? text
                           : text + fmt::format(" offset {:.1f}, 0",
                                                -0.8 * static_cast<double>(lines.size() - 1));
}

std::string range_script(char axis, Range r) {
  return fmt::format("set {}range [{}:{}]\n", axis, r.low, r.high);
}

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

std::vector<double> x_values(const std::vector<DrawnSeries>& all) {
  std::vector<double> values;
  for (const DrawnSeries& series : all)
    for (const auto& run : series.runs)
      for (const Point& p : run) values.push_back(p.x);
  return values;
}

std::string x_axis(const Plot& plot, const std::vector<DrawnSeries>& all, Range x) {
  if (plot.kind == PlotKind::bars) return category_axis(plot.categories, x);
  const bool single = x.low == x.high;
  const Range shown = plot.kind == PlotKind::lines && !single ? x : padded(x, 0.05, plot.log_x);
  return range_script('x', shown) + (plot.log_x ? log_axis('x', shown, x_values(all))
                                     : few_whole_numbers(all, x) ? "set xtics 1\n"
                                                                 : "");
}

std::string y_axis(const Plot& plot, Range y) {
  if (plot.log_y) {
    const Range shown = widened(padded(y, 0.05, true));
    return range_script('y', shown) + log_axis('y', shown);
  }
  const bool bars = plot.kind == PlotKind::bars;
  if (bars) y = {std::min(y.low, 0.0), std::max(y.high, 0.0)};
  if (y.low == y.high) return "";
  if (plot.y_limits && !bars)
    return range_script('y', padded(y, 0.05, false)) + linear_ticks('y', y, 5);
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

std::string x_label(const Plot& plot) {
  return plot.log_x ? log_label(plot.x_label) : plot.x_label;
}
std::string y_label(const Plot& plot) {
  return plot.log_y ? log_label(plot.y_label) : plot.y_label;
}

std::string axes_script(const Plot& plot, const std::vector<DrawnSeries>& all) {
  return fmt::format("set xlabel {}\nset ylabel {}\n", quoted(x_label(plot)),
                     upright(y_label(plot))) +
         x_axis(plot, all, reaching(x_range(all).value(), plot.x_limits, plot.log_x)) +
         y_axis(plot, reaching(y_range(all).value(), plot.y_limits, plot.log_y));
}

}  // namespace ek
