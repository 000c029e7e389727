#include "apps/report/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "apps/report/html.h"

namespace ek {
namespace {

constexpr double kDarkest = 0.5;  // opacity, so that the text above stays legible

std::string align_class(const Table& table, std::size_t column) {
  return column < table.align.size() && table.align[column] == 'r' ? " class=\"r\"" : "";
}

std::string shade(const Table& table, std::size_t row, std::size_t column) {
  if (row >= table.shades.size() || column >= table.shades[row].size()) return "";
  const double value = table.shades[row][column];
  return value > 0 ? fmt::format(" style=\"--shade:{:.3f}\"", kDarkest * std::min(value, 1.0)) : "";
}

/// Nothing where no column has a name.
std::string heading_row(const Table& table) {
  if (std::ranges::all_of(table.rows[0], [](const std::string& name) { return name.empty(); }))
    return "";
  std::string cells;
  for (std::size_t c = 0; c < table.rows[0].size(); ++c)
    cells += fmt::format("<th scope=\"col\"{}>{}</th>", align_class(table, c),
                         escaped(table.rows[0][c]));
  return "<thead><tr>" + cells + "</tr></thead>\n";
}

/// The column's heading, which a card shows before the cell.
std::string label(const Table& table, std::size_t column) {
  if (column >= table.rows[0].size()) return "";
  return fmt::format(" data-label=\"{}\"", escaped(table.rows[0][column]));
}

std::string row_html(const Table& table, std::size_t row) {
  std::string cells;
  for (std::size_t c = 0; c < table.rows[row].size(); ++c)
    cells += fmt::format("<td{}{}{}>{}</td>", align_class(table, c), shade(table, row - 1, c),
                         table.cards ? label(table, c) : "", escaped(table.rows[row][c]));
  return "<tr>" + cells + "</tr>\n";
}

std::string summary_cell(const std::string& cell, std::size_t column, const Section* section) {
  if (section && column == 0)
    return fmt::format("<a href=\"#{}\">{}</a>", escaped(section->id), escaped(cell));
  if (section && !cell.empty() && cell == section->badge) return badge_html(*section);
  return escaped(cell);
}

std::string summary_row(const Table& table, std::size_t row, const Section* section) {
  std::string cells;
  for (std::size_t c = 0; c < table.rows[row].size(); ++c)
    cells += fmt::format("<td{}{}>{}</td>", align_class(table, c), label(table, c),
                         summary_cell(table.rows[row][c], c, section));
  return "<tr>" + cells + "</tr>\n";
}

/// The words above a table that goes on beyond the edge; the style sheet shows them only there.
constexpr const char* kMore =
    "<div class=\"more\" aria-hidden=\"true\"><span>wider than the page: scroll sideways "
    "→</span></div>";

std::string framed(const Table& table, const std::string& body, const char* kind) {
  const std::string name = table.caption.empty() ? "table" : table.caption;
  return fmt::format(
      "<figure class=\"table\">\n{}<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
      "aria-label=\"{}\"><div class=\"wide\">{}<table "
      "class=\"{}\">\n{}<tbody>\n{}</tbody></table></div></div></figure>\n",
      element("figcaption", table.caption), escaped(name), kMore, kind, heading_row(table), body);
}

}  // namespace

std::string table_html(const Table& table) {
  if (table.rows.empty()) return "";
  std::string body;
  for (std::size_t r = 1; r < table.rows.size(); ++r) body += row_html(table, r);
  return framed(table, body,
                table.cards            ? "cards"
                : table.shades.empty() ? "numbers"
                                       : "numbers map");
}

std::string tone_of(const std::string& badge) {
  const std::string word = slug(badge);
  const auto begins = [&](const char* start) { return word.starts_with(start); };
  if (begins("supported") || begins("pass") || begins("ahead")) return "good";
  if (begins("not") || begins("refuted") || begins("contradicted") || begins("fail") ||
      begins("non-finite"))
    return "bad";
  return "open";
}

std::string badge_html(const Section& s) {
  if (s.badge.empty()) return "";
  const std::string note =
      s.badge_note.empty()
          ? ""
          : fmt::format(" <span class=\"badge-note\">{}</span>", escaped(s.badge_note));
  return fmt::format("<span class=\"verdict\"><span class=\"badge {}\">{}</span>{}</span>",
                     tone_of(s.badge), escaped(s.badge), note);
}

std::string summary_html(const Table& table, const std::vector<Section>& sections) {
  if (table.rows.empty()) return "";
  std::string body;
  for (std::size_t r = 1; r < table.rows.size(); ++r)
    body += summary_row(table, r, r <= sections.size() ? &sections[r - 1] : nullptr);
  return framed(table, body, "summary cards");
}

}  // namespace ek
