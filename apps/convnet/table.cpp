#include "apps/convnet/table.h"

#include <fmt/format.h>

#include <algorithm>

namespace ek {

std::string format_table(const std::vector<Row>& rows, std::string_view align) {
  std::vector<std::size_t> widths(align.size(), 0);
  for (const Row& row : rows)
    for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], row[c].size());
  std::string all;
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t c = 0; c < row.size(); ++c) {
      const std::string gap = c == 0 ? "" : "  ";
      line +=
          gap + (align[c] == 'r' ? fmt::format("{:>{}}", row[c], widths[c]) : fmt::format("{:<{}}", row[c], widths[c]));
    }
    line.erase(line.find_last_not_of(' ') + 1);
    all += line + '\n';
  }
  return all;
}

std::string grouped(std::int64_t number) {
  std::string digits = fmt::format("{}", number);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > (number < 0 ? 1 : 0); at -= 3)
    digits.insert(static_cast<std::size_t>(at), 1, ',');
  return digits;
}

std::string percent(double share) { return fmt::format("{:.2f} %", 100 * share); }

}  // namespace ek
