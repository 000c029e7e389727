// Reports: one file that needs no other, whatever the names in it, with gnuplot and without.
#include <doctest/doctest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <iterator>
#include <limits>
#include <regex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "apps/report/page.h"
#include "apps/report/plot_script.h"
#include "apps/report/png.h"
#include "evenkeel/core/files/file.h"
#include "tests/apps/run_program.h"
#include "tests/apps/sample_page.h"
#include "tests/data/files.h"

namespace ek {
namespace {

std::string written(const Page& page) {
  const TempDir dir;
  write_page(dir.path / "page.html", page);
  return read_text(dir.path / "page.html");
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size())
    ++found;
  return found;
}

/// EVENKEEL_GNUPLOT while it lives.
struct OtherGnuplot {
  explicit OtherGnuplot(const char* program) { ::setenv("EVENKEEL_GNUPLOT", program, 1); }
  ~OtherGnuplot() { ::unsetenv("EVENKEEL_GNUPLOT"); }
};

Page with_plot(Plot plot) { return {.title = "A page", .plots = {std::move(plot)}}; }

Plot long_plot(std::size_t series, std::size_t points) {
  Plot plot = {.title = "Long", .x_label = "x", .y_label = "y", .series = {}};
  for (std::size_t k = 0; k < series; ++k) {
    Series s = {.name = std::to_string(k), .x = {}, .y = {}};
    for (std::size_t i = 0; i < points; ++i) {
      s.x.push_back(static_cast<double>(i));
      s.y.push_back(static_cast<double>((i * 7919 + k) % 1000));
      s.low.push_back(s.y.back() - 10);
      s.high.push_back(s.y.back() + 10);
    }
    plot.series.push_back(std::move(s));
  }
  return plot;
}

TEST_CASE("a page holds all that it shows") {
  const std::string html = written(sample_page());
  CHECK(count(html, "<svg class=\"plot\"") == kSamplePlots);
  CHECK(count(html, "<img src=\"data:image/png;base64,") == 3);
  CHECK(html.find("http://") == std::string::npos);
  CHECK(html.find("https://") == std::string::npos);
  CHECK(html.find("<script") == std::string::npos);
  CHECK(html.find("refresh") == std::string::npos);
  const std::regex address(R"re((src|href)=["']([^"']*)["'])re");
  for (std::sregex_iterator it(html.begin(), html.end(), address), end; it != end; ++it) {
    const std::string target = (*it)[2];
    CHECK_MESSAGE((target.starts_with("#") || target.starts_with("data:")), target);
  }
}

TEST_CASE("names stay names") {
  const std::string html = written(sample_page());
  for (const char* part :
       {"<title>What does BatchNorm do? &lt;em&gt;A report&lt;/em&gt;</title>",
        "<figcaption>Seconds per epoch &lt;script&gt;alert(1)&lt;/script&gt; &amp; "
        "`id`</figcaption>",
        "alt=\"a &quot;cat&quot;, taken for a &lt;dog&gt;\"",
        "<strong>Hypothesis:</strong> at 10 times",
        "--out &#39;a b&#39; &amp;&amp; echo &quot;&lt;done&gt;&quot;", "<text>it's &lt;i></text>",
        "<text>model's name_with^marks</text>", "<a href=\"#rates\">Higher learning rates</a>",
        "<span class=\"badge bad\">NOT SUPPORTED</span>"})
    CHECK_MESSAGE(html.find(part) != std::string::npos, part);
  // gnuplot would run what stands between backticks in double quotes, and lines of a name as commands.
  Plot plot = {.title = "t",
               .x_label = "`echo run`",
               .y_label = "a\nprint 'run'",
               .series = {{"s", {1, 2}, {1, 2}}}};
  const std::string script = plot_script(plot);
  CHECK(script.find("set xlabel '`echo run`'\n") != std::string::npos);
  CHECK(script.find("set ylabel 'a print ''run'''\n") != std::string::npos);
  CHECK(written(with_plot(plot)).find("<text>`echo run`</text>") != std::string::npos);
}

TEST_CASE("a page of a run that goes on reloads itself") {
  Page page = sample_page();
  page.reload_seconds = 7;
  CHECK(written(page).find("<meta http-equiv=\"refresh\" content=\"7\">") != std::string::npos);
}

TEST_CASE("without gnuplot the tables are there, and a word on what is missing") {
  for (const char* program : {"", "/nonexistent", "no-such-gnuplot"}) {
    const OtherGnuplot other(program);
    const std::string html = written(sample_page());
    CHECK(count(html, "<svg class=\"plot\"") == 0);
    CHECK(count(html,
                "This plot is missing: gnuplot is not installed: apt-get install gnuplot-nox") ==
          kSamplePlots);
    CHECK(count(html, "<table") == 4);
  }
  const OtherGnuplot broken("/bin/false");
  CHECK(count(written(sample_page()), "This plot is missing: gnuplot failed") == kSamplePlots);
  const OtherGnuplot silent("/bin/true");
  CHECK(count(written(sample_page()), "This plot is missing: gnuplot made no drawing") ==
        kSamplePlots);
}

TEST_CASE(
    "a Ctrl-C at the terminal, which reaches the program's process group, does not end gnuplot") {
  const TempDir dir;
  const fs::path says_its_group = dir.path / "gnuplot";
  write_file(says_its_group, "#!/bin/sh\ncut -d ' ' -f 5 /proc/self/stat >&2\nexit 1\n");
  fs::permissions(says_its_group, fs::perms::owner_all);
  const OtherGnuplot other(says_its_group.c_str());
  const std::string html = written(sample_page());
  CHECK(count(html, "This plot is missing: gnuplot failed: ") == kSamplePlots);
  CHECK(count(html, "gnuplot failed: " + std::to_string(::getpgrp())) == 0);
}

TEST_CASE("what cannot be drawn is left out") {
  constexpr double kInf = std::numeric_limits<double>::infinity();
  Plot plot = {
      .title = "t", .x_label = "x", .y_label = "y", .series = {{"s", {1, 2, 3}, {0, -1, kInf}}}};
  CHECK(written(with_plot(plot)).find("<svg class=\"plot\"") != std::string::npos);
  plot.log_y = true;
  CHECK(plot_script(plot) == "");
  CHECK(written(with_plot(plot)).find("There is nothing to draw") != std::string::npos);
  plot.series.push_back({"one point", {1}, {5}, {-5}, {kInf}});
  const std::string script = plot_script(plot);
  CHECK(script.find("$d1 << END\n1 5 5 5\nEND\n") !=
        std::string::npos);  // the band is cut off at what can be shown
  CHECK(written(with_plot(plot)).find("<svg class=\"plot\"") != std::string::npos);
  CHECK_THROWS_AS(plot_script({"t", "x", "y", {{"s", {1, 2}, {1}}}}), std::invalid_argument);
}

TEST_CASE("values of every size") {
  for (const double size : {1e-300, 1e-30, 1e-5, 1.0, 1e7, 1e30, 1e300})
    for (const PlotKind kind : {PlotKind::lines, PlotKind::points, PlotKind::bars})
      for (const bool logarithmic : {false, true}) {
        CAPTURE(size);
        CAPTURE(logarithmic);
        const Series s = {"s", {1, 2, 3}, {size, 2 * size, 5 * size}};
        const std::string html = written(with_plot({.title = "t",
                                                    .x_label = "x",
                                                    .y_label = "y",
                                                    .series = {s},
                                                    .kind = kind,
                                                    .log_y = logarithmic}));
        CHECK_MESSAGE(html.find("<svg class=\"plot\"") != std::string::npos,
                      html.substr(html.find("missing\">")));
      }
}

/// Seconds of processor time, ours and that of the programs that have ended: waiting for others does not count.
double processor_time() {
  double seconds = 0;
  for (const auto who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage usage{};
    REQUIRE(::getrusage(who, &usage) == 0);
    for (const timeval& t : {usage.ru_utime, usage.ru_stime})
      seconds += static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  }
  return seconds;
}

TEST_CASE("plots are quick and small") {
  Page page = {.title = "Many", .plots = std::vector<Plot>(25, long_plot(8, 10000))};
  const double start = processor_time();
  const std::string html = written(page);
  CHECK(processor_time() - start < 10);  // 0.5, or 1 under the sanitizers
  CHECK(count(html, "<svg class=\"plot\"") == 25);
  CHECK(html.size() < 25 * 60000);
}

TEST_CASE("a page takes the old one's place as a whole") {
  const TempDir dir;
  const fs::path file = dir.path / "page.html", old = dir.path / "old.html";
  write_page(file, {.title = "first"});
  fs::create_hard_link(file, old);  // who has the old one open still reads it
  write_page(file, {.title = "second"});
  CHECK(read_text(file).find("second") != std::string::npos);
  CHECK(read_text(old).find("first") != std::string::npos);
  CHECK(std::distance(fs::directory_iterator(dir.path), {}) == 2);
}

TEST_CASE("a page that cannot be written is an error that says why") {
  const TempDir dir;
  const fs::path file = dir.path / "none" / "page.html";
  CHECK_THROWS_WITH_AS(
      write_page(file, {.title = "t"}),
      doctest::Contains((file.string() + ": cannot open its folder: No such file").c_str()),
      std::runtime_error);
  fs::create_directory(dir.path / "folder");
  CHECK_THROWS_AS(write_page(dir.path / "folder", {.title = "t"}), std::runtime_error);
  CHECK(std::distance(fs::directory_iterator(dir.path), {}) == 1);
}

TEST_CASE("what must be known of a badge stands beside it, in the heading and in the summary") {
  Page page = {
      .title = "t",
      .summary = {.caption = "",
                  .rows = {{"arm", "result"}, {"BatchNorm", "AHEAD"}},
                  .align = "ll"},
      .sections = {
          {.id = "b", .title = "BatchNorm", .badge = "AHEAD", .badge_note = "from <one> seed"}}};
  const std::string badge =
      "<span class=\"badge good\">AHEAD</span> <span class=\"badge-note\">from &lt;one&gt; "
      "seed</span>";
  CHECK(count(written(page), badge) == 2);
}

TEST_CASE("terms stand below the summary, and can be folded up") {
  Page page = {.title = "t", .terms = {{"d", "size & scatter"}}};
  CHECK(written(page).find("<details class=\"terms\" id=\"terms\" open>") != std::string::npos);
  CHECK(written(page).find("<dt>d</dt>\n<dd>size &amp; scatter</dd>") != std::string::npos);
  page.terms.clear();
  CHECK(written(page).find("<details") == std::string::npos);
}

TEST_CASE("a picture with the wrong number of bytes is refused") {
  CHECK_THROWS_AS(
      png_address({.pixels = {1, 2, 3}, .channels = 1, .height = 2, .width = 2, .caption = ""}),
      std::invalid_argument);
  CHECK_THROWS_AS(
      png_address({.pixels = {}, .channels = 0, .height = 0, .width = 0, .caption = ""}),
      std::invalid_argument);
}

}  // namespace
}  // namespace ek
