// The axes of plots: logarithmic ones say so and can be read off, and plots that are compared share theirs.
#include <doctest/doctest.h>

#include <algorithm>
#include <regex>
#include <string>
#include <vector>

#include "apps/report/figure.h"
#include "apps/report/log_axis.h"
#include "apps/report/page.h"
#include "apps/report/plot_script.h"
#include "apps/report/share_axes.h"

namespace ek {
namespace {

/// What the script sets of an axis: its range, its labelled ticks.
std::string range_in(const std::string& script, char axis) {
  std::smatch found;
  return std::regex_search(script, found, std::regex(std::string("set ") + axis + "range [^\n]*"))
             ? found[0].str()
             : "";
}

TEST_CASE("a logarithmic axis says so, and so does who reads the page out") {
  Plot plot = {.title = "t",
               .x_label = "rate",
               .y_label = "steps",
               .series = {{"s", {0.005, 0.28}, {42, 180}}}};
  CHECK(plot_script(plot).find("log scale") == std::string::npos);
  plot.log_y = true;
  CHECK(plot_script(plot).find("set xlabel 'rate'\n") != std::string::npos);
  CHECK(plot_script(plot).find("set ylabel 'steps (log scale)'\n") != std::string::npos);
  plot.log_x = true;
  CHECK(plot_script(plot).find("set xlabel 'rate (log scale)'\n") != std::string::npos);
  const std::string html = plot_figure(plot, 1);
  CHECK(html.find("aria-label=\"t, steps (log scale) over rate (log scale): s\"") !=
        std::string::npos);
  plot.y_label = "";
  CHECK(plot_script(plot).find("set ylabel 'log scale'\n") != std::string::npos);
  plot.y_label = "standard deviations of the channel";  // longer than the axis
  CHECK(plot_script(plot).find(
            "set ylabel 'standard deviations of the'.\"\\n\".'channel (log scale)'") !=
        std::string::npos);
  plot.y_label =
      "share of the values";  // its words would fit, but not with those on the scale, which stay together
  CHECK(plot_script(plot).find("set ylabel 'share of the values'.\"\\n\".'(log scale)'") !=
        std::string::npos);
}

TEST_CASE("a logarithmic axis has at least four labels, whatever its range") {
  for (const double low : {1e-300, 3e-9, 0.00137, 0.9, 1.0, 42.0, 777.0, 2.5e7})
    for (const double ratio : {1.01, 1.1, 1.5, 2.0, 180 / 42.0, 7.0, 10.0, 31.0, 100.0, 999.0, 1e4,
                               3e5, 1e6, 5e6, 1e8, 2e9, 1e17, 1e60, 1e200}) {
      CAPTURE(low);
      CAPTURE(ratio);
      const std::vector<double> ticks = log_ticks({low, low * ratio});
      CHECK(ticks.size() >= 4);
      CHECK(ticks.size() <= 13);
      CHECK(std::ranges::is_sorted(ticks));
      CHECK(ticks.front() >= low * 0.99);
      CHECK(ticks.back() <= low * ratio * 1.01);
    }
}

TEST_CASE("180 steps cannot be read as 142: labels lie below it and above it") {
  const Plot plot = {.title = "t",
                     .x_label = "x",
                     .y_label = "steps",
                     .series = {{"s", {1, 2}, {42, 180}}},
                     .log_y = true};
  const std::string script = plot_script(plot);
  CHECK(range_in(script, 'y') == "set yrange [30:200]");
  CHECK(script.find("set ytics (30, 50, 70, 100, 150, 200,") != std::string::npos);
}

TEST_CASE("a few whole numbers on a logarithmic axis, such as batch sizes, are its ticks") {
  CHECK(log_ticks({1, 128}, {1, 2, 8, 32, 128, 1, 2, 8, 32, 128}) ==
        std::vector<double>{1, 2, 8, 32, 128});
  CHECK(log_ticks({1, 128}, {1, 2.5, 8, 32, 128}) != std::vector<double>{1, 2.5, 8, 32, 128});
  CHECK(log_ticks({1, 1000}, {1, 2, 999, 1000}) !=
        std::vector<double>{1, 2, 999, 1000});  // no room for both
}

TEST_CASE("plots that share their axes have the same ranges, and show all of each") {
  Plot a = {.title = "a", .x_label = "x", .y_label = "y", .series = {{"s", {-3, 3}, {1, 5}}}};
  Plot b = {.title = "b",
            .x_label = "x",
            .y_label = "y",
            .series = {{"s", {-1, 1}, {2, 40}}},
            .log_y = true};
  CHECK(range_in(plot_script(a), 'x') != range_in(plot_script(b), 'x'));
  share_axes({&a, &b});
  for (const char axis : {'x', 'y'}) {
    CHECK(range_in(plot_script(a), axis) != "");
    CHECK(range_in(plot_script(a), axis) == range_in(plot_script(b), axis));
  }
  CHECK(range_in(plot_script(b), 'x') == "set xrange [-3:3]");
  Plot c = {.title = "c", .x_label = "x", .y_label = "y", .series = {{"s", {1, 2}, {1, 2}}}};
  Plot empty = {.title = "e", .x_label = "x", .y_label = "y", .series = {}};
  share_axes({&c, &empty});
  CHECK(range_in(plot_script(c), 'y') != "");
  CHECK(plot_script(empty) == "");
}

}  // namespace
}  // namespace ek
