#include "apps/report/plot_script.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <vector>

#include "apps/report/axes.h"
#include "apps/report/marks.h"
#include "apps/report/plot_data.h"

namespace ek {
namespace {

constexpr std::size_t kMarkers = 8;  // on a long line
constexpr double kGroupWidth = 0.8;  // of a group of bars; the distance of two groups is 1

/// The rows of a block named $d0 for series 0: x, y, low, high; a blank line is a gap.
std::string data_block(const DrawnSeries& series, std::size_t number, double shift) {
  std::string rows = fmt::format("$d{} << END\n", number);
  for (const auto& run : series.runs) {
    if (&run != &series.runs.front()) rows += '\n';
    for (const Point& p : run)
      rows += fmt::format("{:.7g} {:.7g} {:.7g} {:.7g}\n", p.x + shift, p.y, p.low, p.high);
  }
  return rows + "END\n";
}

std::string dash_script(const Mark& mark) {
  const auto& d = mark.dash;
  return d[0] == 0 ? "dt 1" : fmt::format("dt ({}, {}, {}, {})", d[0], d[1], d[2], d[3]);
}

std::string band(std::size_t number, const Mark& mark) {
  return fmt::format(
      "$d{} using 1:3:4 with filledcurves lc rgb {} fs transparent solid 0.2 noborder", number,
      script_color(mark.color));
}

std::string line(std::size_t number, const Mark& mark, std::size_t points) {
  return fmt::format("$d{} using 1:2 with linespoints lc rgb {} {} lw 1.8 pt {} ps 0.55 pi {}",
                     number, script_color(mark.color), dash_script(mark), mark.point,
                     1 + points / (2 * kMarkers));
}

std::string points(std::size_t number, const Mark& mark, bool with_bars) {
  return fmt::format("$d{} using {} lc rgb {} lw 1.5 pt {} ps 0.8", number,
                     with_bars ? "1:2:3:4 with yerrorbars" : "1:2 with points",
                     script_color(mark.color), mark.point);
}

std::string bars(std::size_t number, const Mark& mark) {
  return fmt::format(
      "$d{} using 1:2 with boxes lc rgb {} lw 1.2 fs transparent solid {} border lc rgb {}", number,
      script_color(mark.color), mark.fill, script_color(mark.color));
}

std::string error_bars(std::size_t number) {
  return fmt::format("$d{} using 1:2:3:4 with yerrorbars lc rgb {} lw 1.2 ps 0", number,
                     script_color(kTextColor));
}

/// What is drawn for one series, below and above the others'.
void add_layers(const Plot& plot, const DrawnSeries& series, std::size_t number,
                std::vector<std::string>& below, std::vector<std::string>& above) {
  const Mark mark = mark_of(number);
  switch (plot.kind) {
    case PlotKind::lines:
      if (series.band) below.push_back(band(number, mark));
      above.push_back(line(number, mark, series.points()));
      break;
    case PlotKind::points: above.push_back(points(number, mark, series.band)); break;
    case PlotKind::bars:
      below.push_back(bars(number, mark));
      if (series.band) above.push_back(error_bars(number));
      break;
  }
}

std::string heading() {
  return fmt::format(
      "set encoding utf8\n"
      "set terminal svg size 480,300 font 'inherit,15' noenhanced rounded\n"
      "set border 3 lw 0.8\n"
      "set tics nomirror out scale 0.5\n"
      "set format '%g'\n"
      "set grid xtics ytics lt 1 lc rgb {0} lw 0.8, lt 1 lc rgb {0} lw 0.8\n"
      "set pointintervalbox 0\n"
      "set tmargin 0.7\n"
      "set xlabel offset 0, 0.4\n"
      "set ylabel offset -0.3, 0\n"
      "unset key\n",
      script_color(kGridColor));
}

}  // namespace

std::string script_color(std::size_t color) { return fmt::format("'#0000{:02x}'", color); }

std::string svg_color(std::size_t color) { return fmt::format("rgb(  0,   0, {:3})", color); }

std::string plot_script(const Plot& plot) {
  const std::vector<DrawnSeries> all = drawn_series(plot);
  if (!x_range(all)) return "";
  const auto count = static_cast<double>(all.size());
  const double width = plot.kind == PlotKind::bars ? kGroupWidth / count : 0;
  std::string script = heading() + axes_script(plot, all);
  if (width > 0) script += fmt::format("set boxwidth {} absolute\n", 0.9 * width);
  std::vector<std::string> below, above;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].runs.empty()) continue;
    script += data_block(all[i], i, width * (static_cast<double>(i) - (count - 1) / 2));
    add_layers(plot, all[i], i, below, above);
  }
  below.insert(below.end(), above.begin(), above.end());
  for (std::size_t i = 0; i < below.size(); ++i)
    script += (i == 0 ? "plot " : ", \\\n  ") + below[i];
  return script + "\n";
}

}  // namespace ek
