#include "apps/report/page.h"

#include <cstddef>

#include <fmt/format.h>

#include "apps/report/figure.h"
#include "apps/report/html.h"
#include "apps/report/style.h"
#include "apps/report/table.h"
#include "evenkeel/core/files/replace_file.h"

namespace ek {
namespace {

/// "Hypothesis: it helps" -> <p><strong>Hypothesis:</strong> it helps</p>; a colon far from the start is none.
std::string paragraph_html(const std::string& text) {
  constexpr std::size_t kLongestName = 40;
  const std::size_t colon = text.find(": ");
  if (colon == std::string::npos || colon > kLongestName) return element("p", text);
  return fmt::format("<p><strong>{}:</strong>{}</p>\n", escaped(text.substr(0, colon)),
                     escaped(text.substr(colon + 1)));
}

std::string paragraphs_html(const std::vector<std::string>& paragraphs) {
  std::string html;
  for (const std::string& text : paragraphs) html += paragraph_html(text);
  return html;
}

/// `number` counts the plots of the page.
std::string plots_html(const std::vector<Plot>& plots, int& number) {
  std::string html;
  for (const Plot& plot : plots) html += plot_figure(plot, ++number);
  return html.empty() ? "" : "<div class=\"plots\">\n" + html + "</div>\n";
}

std::string pictures_html(const Section& section) {
  std::string html;
  for (const Picture& picture : section.pictures) html += picture_figure(picture);
  return html.empty() ? ""
                      : element("h3", section.pictures_title) + "<div class=\"pictures\">\n" +
                            html + "</div>\n";
}

std::string caveats_html(const std::vector<std::string>& caveats) {
  std::string html;
  for (const std::string& caveat : caveats) html += element("li", caveat);
  return html.empty() ? "" : "<h3>Caveats</h3>\n<ul class=\"caveats\">\n" + html + "</ul>\n";
}

std::string command_html(const std::string& command) {
  if (command.empty()) return "";
  return fmt::format("<h3>Make it again</h3>\n<pre><code>{}</code></pre>\n", escaped(command));
}

std::string terms_html(const std::vector<Term>& terms) {
  std::string html;
  for (const Term& term : terms)
    html += "<div>" + element("dt", term.word) + element("dd", term.meaning) + "</div>\n";
  if (html.empty()) return "";
  return "<details class=\"terms\" id=\"terms\" open>\n<summary>How to read this "
         "page</summary>\n<dl>\n" +
         html + "</dl>\n</details>\n";
}

std::string section_html(const Section& s, int& number) {
  std::string tables;
  for (const Table& table : s.tables) tables += table_html(table);
  const std::string id = s.id.empty() ? "" : fmt::format(" id=\"{}\"", escaped(s.id));
  return fmt::format("<section{}>\n<h2>{} {}</h2>\n", id, escaped(s.title), badge_html(s)) +
         element("blockquote", s.quote) + paragraphs_html(s.paragraphs) +
         plots_html(s.plots, number) + pictures_html(s) + tables + caveats_html(s.caveats) +
         command_html(s.command) + "</section>\n";
}

/// The page may load nothing: what is not inside of it is not shown.
std::string head_html(const Page& page) {
  return "<head>\n<meta charset=\"utf-8\">\n"
         "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
         "'unsafe-inline'; img-src data:\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n" +
         (page.reload_seconds > 0
              ? fmt::format("<meta http-equiv=\"refresh\" content=\"{}\">\n", page.reload_seconds)
              : "") +
         "<link rel=\"icon\" href=\"data:,\">\n" + element("title", page.title) + "<style>" +
         kStyle + "</style>\n</head>\n";
}

std::string page_html(const Page& page) {
  std::string html = "<!DOCTYPE html>\n<html lang=\"en\">\n" + head_html(page) +
                     "<body>\n<header>\n" + element("h1", page.title);
  if (page.reload_seconds > 0)
    html += element(
        "p",
        fmt::format("This run goes on; the page reloads itself every {} s.", page.reload_seconds),
        " class=\"live\"");
  int number = 0;
  html += paragraphs_html(page.paragraphs) + "</header>\n<main>\n" +
          summary_html(page.summary, page.sections) + terms_html(page.terms) +
          plots_html(page.plots, number);
  for (const Section& section : page.sections) html += section_html(section, number);
  return html + "</main>\n</body>\n</html>\n";
}

}  // namespace

void write_page(const std::filesystem::path& file, const Page& page) {
  replace_file(file, page_html(page));
}

}  // namespace ek
