// What a report shows: plain data, which write_page makes one HTML file of.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace ek {

/// One line of a plot, or one group of its bars: y over x, with a band from low to high where those are given.
struct Series {
  std::string name;
  std::vector<double> x, y;
  std::vector<double> low = {}, high = {};  // empty, or as many as y
};

/// From the smallest to the largest value that an axis must show.
struct Limits {
  double low, high;
};

enum class PlotKind { lines, points, bars };

/// Values that are not finite are left out. On a logarithmic axis so is what is not positive. The names of logarithmic
/// axes get the words that say so.
struct Plot {
  std::string title, x_label, y_label;
  std::vector<Series> series;
  PlotKind kind = PlotKind::lines;
  bool log_x = false, log_y = false;
  std::vector<std::string> categories = {};  // bars: a name for each x = 0, 1, 2, ...
  /// What the axes reach at least, beside the data: see share_axes.
  std::optional<Limits> x_limits = {}, y_limits = {};
};

/// rows[0] is the heading; `align` has an 'l' or an 'r' for each column. `shades`, where given, has a row for each one
/// below the heading, with a number from 0 (none) to 1 (dark) for each cell: a map of numbers.
struct Table {
  std::string caption;
  std::vector<std::vector<std::string>> rows;
  std::string align;
  std::vector<std::vector<double>> shades = {};
  bool cards =
      false;  // rows of sentences rather than numbers: on a narrow page each becomes a card
};

/// An image of bytes [C, H, W], C = 1 or 3, shown enlarged with its pixels sharp.
struct Picture {
  std::vector<unsigned char> pixels;
  int channels, height, width;
  std::string caption;
};

/// A part of the page under its own heading. What is empty is left out; the order is that of the fields.
struct Section {
  std::string id, title;        // id: what the summary links to
  std::string badge = {};       // a word beside the title: SUPPORTED
  std::string badge_note = {};  // what must be known of it, beside it: from one seed
  std::string quote = {};       // the sentence that is tested
  std::vector<std::string> paragraphs =
      {};  // "Hypothesis: ..." up to the first colon is set in bold
  std::vector<Plot> plots = {};
  std::string pictures_title = {};
  std::vector<Picture> pictures = {};
  std::vector<Table> tables = {};
  std::vector<std::string> caveats = {};
  std::string command = {};  // that makes it again
};

/// A word that the page uses, and what it means in plain English.
struct Term {
  std::string word, meaning;
};

struct Page {
  std::string title;
  std::vector<std::string> paragraphs = {};
  Table summary = {};            // its first column links to the section with the same position
  std::vector<Term> terms = {};  // "How to read this page", below the summary; can be folded up
  std::vector<Plot> plots = {};  // of the whole, below those
  std::vector<Section> sections = {};
  int reload_seconds = 0;  // 0: a finished page; else it reloads itself
};

/// Writes one self-contained HTML file: style, plots (SVG, by gnuplot) and pictures (PNG) are inside. Where gnuplot is
/// missing, the page says so in the place of the plots. The file is replaced as a whole, never half written. Throws
/// std::runtime_error where it cannot be written.
void write_page(const std::filesystem::path& file, const Page& page);

}  // namespace ek
