#include "apps/report/figure.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <stdexcept>

#include "apps/report/axes.h"
#include "apps/report/gnuplot.h"
#include "apps/report/html.h"
#include "apps/report/marks.h"
#include "apps/report/plot_script.h"
#include "apps/report/png.h"
#include "apps/report/svg.h"

namespace ek {
namespace {

std::string line_key(const Mark& mark, PlotKind kind, const std::string& prefix) {
  const auto& d = mark.dash;
  std::string key;
  if (kind == PlotKind::lines)
    key = fmt::format(
        "<path d=\"M1 6H35\" stroke=\"var(--s{})\" stroke-width=\"2\"{}/>", mark.color,
        d[0] == 0 ? "" : fmt::format(" stroke-dasharray=\"{} {} {} {}\"", d[0], d[1], d[2], d[3]));
  // The marker is the one that gnuplot has defined in the plot; its name counts from 0.
  return key + fmt::format(
                   "<use xlink:href=\"#{}gpPt{}\" transform=\"translate(18 6) scale(4)\" "
                   "color=\"var(--s{})\"/>",
                   prefix, mark.point - 1, mark.color);
}

std::string bar_key(const Mark& mark) {
  return fmt::format(
      "<rect x=\"10\" y=\"1\" width=\"16\" height=\"10\" fill=\"var(--s{0})\" fill-opacity=\"{1}\" "
      "stroke=\"var(--s{0})\"/>",
      mark.color, mark.fill);
}

std::string legend(const Plot& plot, const std::string& prefix) {
  if (plot.series.size() == 1 && plot.series[0].name.empty()) return "";
  std::string items;
  for (std::size_t i = 0; i < plot.series.size(); ++i) {
    const Mark mark = mark_of(i);
    items += fmt::format(
        "<li><svg class=\"key\" viewBox=\"0 0 36 12\" aria-hidden=\"true\">{}</svg>{}</li>",
        plot.kind == PlotKind::bars ? bar_key(mark) : line_key(mark, plot.kind, prefix),
        escaped(plot.series[i].name));
  }
  return "<ul class=\"legend\">" + items + "</ul>\n";
}

/// What a plot shows, in a sentence, for who cannot see it.
std::string label_of(const Plot& plot) {
  std::string names;
  for (const Series& series : plot.series)
    if (!series.name.empty()) names += (names.empty() ? ": " : ", ") + series.name;
  return fmt::format("{}, {} over {}{}", plot.title, y_label(plot), x_label(plot), names);
}

std::string missing(const std::string& why) { return element("p", why, " class=\"missing\""); }

std::string drawing(const Plot& plot, const std::string& prefix) {
  try {
    const std::string script = plot_script(plot);
    if (script.empty())
      return missing(
          "There is nothing to draw: no value is finite (on a logarithmic axis: positive).");
    return legend(plot, prefix) + inline_svg(run_gnuplot(script), prefix, label_of(plot));
  } catch (const std::runtime_error& error) {
    return missing(fmt::format("This plot is missing: {}", error.what()));
  }
}

}  // namespace

std::string plot_figure(const Plot& plot, int number) {
  return "<figure class=\"plot\">\n" + element("figcaption", plot.title) +
         drawing(plot, fmt::format("p{}-", number)) + "</figure>\n";
}

std::string picture_figure(const Picture& picture) {
  const bool wide = picture.width > 2 * picture.height;  // a row of images
  return fmt::format(
      "<figure class=\"picture{}\"><img src=\"{}\" width=\"{}\" height=\"{}\" "
      "alt=\"{}\">\n{}</figure>\n",
      wide ? " wide" : "", png_address(picture), picture.width, picture.height,
      escaped(picture.caption), element("figcaption", picture.caption));
}

}  // namespace ek
