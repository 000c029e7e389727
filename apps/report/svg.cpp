#include "apps/report/svg.h"

#include <fmt/format.h>

#include <cstddef>
#include <stdexcept>

#include "apps/report/html.h"
#include "apps/report/marks.h"

namespace ek {
namespace {

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
}

/// Removes what lies between the two, and them.
void remove_all(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t begin = 0; (begin = text.find(from, begin)) != std::string::npos;) {
    const std::size_t end = text.find(to, begin + from.size());
    if (end == std::string::npos) return;
    text.erase(begin, end + to.size() - begin);
  }
}

void recolor(std::string& svg) {
  for (std::size_t color = 1; color <= kColors; ++color)
    replace_all(svg, svg_color(color), fmt::format("var(--s{})", color));
  replace_all(svg, svg_color(kGridColor), "var(--grid)");
  replace_all(svg, svg_color(kTextColor), "var(--text)");
  for (const char* name : {"black", "white", "gray"})
    replace_all(svg, fmt::format(" color=\"{}\"", name), "");
  for (const char* quote : {"'", "\""})
    replace_all(svg, fmt::format("{0}black{0}", quote), fmt::format("{0}currentColor{0}", quote));
}

/// Removes the elements that start with `tag` and end with `ending`.
void remove_elements(std::string& svg, const std::string& tag, const std::string& ending) {
  for (std::size_t end = 0; (end = svg.find(ending, end)) != std::string::npos;) {
    const std::size_t begin = svg.rfind(tag, end);
    svg.erase(begin, end + ending.size() - begin);
    end = begin;
  }
}

}  // namespace

std::string inline_svg(const std::string& drawing, const std::string& prefix,
                       const std::string& label) {
  const std::size_t body = drawing.find("<defs>"), end = drawing.rfind("</g>\n</svg>");
  if (body == std::string::npos || end == std::string::npos || end < body)
    throw std::runtime_error("gnuplot made no drawing");
  std::string svg = drawing.substr(body, end - body);
  remove_all(svg, "<title>", "</title>");
  remove_all(svg, "<filter", "</filter>");
  for (const char* quote : {"'", "\""})
    replace_all(svg, fmt::format(" id={}", quote), fmt::format(" id={}{}", quote, prefix));
  replace_all(svg, "href='#", "href='#" + prefix);
  remove_elements(svg, "<use ", "color='white'/>");  // behind markers, to hide the error bars
  remove_elements(svg, "<g ", "\">\n</g>\n");        // states that nothing is drawn in
  recolor(svg);
  return fmt::format(
      "<svg class=\"plot\" viewBox=\"0 0 480 300\" role=\"img\" aria-label=\"{}\">{}</svg>\n",
      escaped(label), svg);
}

}  // namespace ek
