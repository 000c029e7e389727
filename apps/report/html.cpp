#include "apps/report/html.h"

#include <fmt/format.h>

namespace ek {

std::string escaped(std::string_view text) {
  std::string html;
  for (const char c : text) switch (c) {
      case '&': html += "&amp;"; break;
      case '<': html += "&lt;"; break;
      case '>': html += "&gt;"; break;
      case '"': html += "&quot;"; break;
      case '\'': html += "&#39;"; break;
      default: html += c;
    }
  return html;
}

std::string slug(std::string_view text) {
  std::string word;
  for (const char c : text) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if ((lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9'))
      word += lower;
    else if (!word.empty() && word.back() != '-')
      word += '-';
  }
  if (word.ends_with('-')) word.pop_back();
  return word;
}

std::string element(std::string_view tag, std::string_view text, std::string_view attributes) {
  if (text.empty()) return "";
  return fmt::format("<{0}{1}>{2}</{0}>\n", tag, attributes, escaped(text));
}

}  // namespace ek
