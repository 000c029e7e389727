#include "apps/convnet/table.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <sstream>
#include <utility>

#include "apps/training/terminal.h"

namespace ek {
namespace {

constexpr std::size_t kGap = 2, kNarrowText = 24, kIndent = 4;

/// Characters, not bytes: those that continue one in UTF-8 do not count.
std::size_t columns_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string padded(const std::string& text, std::size_t width, char align) {
  const std::string blanks(width - std::min(width, columns_of(text)), ' ');
  return align == 'r' ? blanks + text : text + blanks;
}

std::string without_end_blanks(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

/// The parts of a word that may stand in lines of their own: those that end with its commas, if it is too long for one.
std::vector<std::string> parts_of(const std::string& word, std::size_t width) {
  if (columns_of(word) <= width) return {word};
  std::vector<std::string> parts = {""};
  for (const char c : word) {
    if (parts.back().ends_with(',')) parts.emplace_back();
    parts.back() += c;
  }
  return parts;
}

/// Some columns of a table, which stand side by side.
class Block {
 public:
  Block(const std::vector<Row>& rows, std::string_view align, std::vector<std::size_t> columns)
      : rows_(rows), align_(align), columns_(std::move(columns)) {
    for (const std::size_t column : columns_) widths_.push_back(natural(column));
  }

  std::size_t width() const {
    return std::accumulate(widths_.begin(), widths_.end(), kGap * (widths_.size() - 1));
  }

  /// Makes the texts as narrow as it takes, but not narrower than can be read.
  void fit(std::size_t width) {
    for (std::size_t i = columns_.size(); i-- > 0 && this->width() > width;) {
      const std::size_t excess = this->width() - width, least = narrowest(columns_[i]);
      widths_[i] -= std::min(excess, widths_[i] - least);
    }
  }

  std::string text() const {
    std::string all;
    for (const Row& row : rows_) all += lines_of(row);
    return all;
  }

  /// For a text that has no room beside the first column: below it.
  std::string stacked(std::size_t width) const {
    std::string all;
    for (const Row& row : rows_) {
      all += cell(row, columns_[0]) + '\n';
      for (const std::string& line : wrapped_lines(cell(row, columns_[1]), width - kIndent))
        all += std::string(kIndent, ' ') + line + '\n';
    }
    return all;
  }

 private:
  static std::string cell(const Row& row, std::size_t column) {
    return column < row.size() ? row[column] : "";
  }

  std::size_t natural(std::size_t column) const {
    std::size_t widest = 0;
    for (const Row& row : rows_) widest = std::max(widest, columns_of(cell(row, column)));
    return widest;
  }

  std::size_t narrowest(std::size_t column) const {
    if (align_[column] == 'r') return natural(column);
    std::size_t least = kNarrowText;
    for (const Row& row : rows_)
      for (const std::string& line : wrapped_lines(cell(row, column), kNarrowText))
        least = std::max(least, columns_of(line));
    return std::min(least, natural(column));
  }

  std::string lines_of(const Row& row) const {
    std::vector<std::vector<std::string>> cells;
    std::size_t height = 1;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const std::string whole = cell(row, columns_[i]);
      cells.push_back(columns_of(whole) <= widths_[i] ? Row{whole}
                                                      : wrapped_lines(whole, widths_[i]));
      height = std::max(height, cells.back().size());
    }
    std::string all;
    for (std::size_t line = 0; line < height; ++line) {
      std::string one;
      for (std::size_t i = 0; i < cells.size(); ++i)
        one.append(i == 0 ? 0 : kGap, ' ')
            .append(padded(cell(cells[i], line), widths_[i], align_[columns_[i]]));
      all += without_end_blanks(one) + '\n';
    }
    return all;
  }

  const std::vector<Row>& rows_;
  std::string_view align_;
  std::vector<std::size_t> columns_, widths_;
};

}  // namespace

std::size_t output_width() { return terminal_width(STDOUT_FILENO); }

std::vector<std::string> wrapped_lines(const std::string& text, std::size_t width) {
  std::vector<std::string> lines = {""};
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    bool is_start = true;  // of the word: a blank stands before it
    for (const std::string& part : parts_of(word, width)) {
      const std::string gap = is_start && !lines.back().empty() ? " " : "";
      if (!lines.back().empty() && columns_of(lines.back() + gap + part) > width)
        lines.push_back(part);
      else
        lines.back() += gap + part;
      is_start = false;
    }
  }
  return lines;
}

std::string format_table(const std::vector<Row>& rows, std::string_view align, std::size_t width) {
  std::string all;
  for (std::size_t next = 1; all.empty() || next < align.size();) {
    std::vector<std::size_t> columns = {0};
    const auto block_with = [&](std::size_t one_more) {
      std::vector<std::size_t> some = columns;
      some.push_back(one_more);
      Block block(rows, align, some);
      block.fit(width);
      return block;
    };
    while (next < align.size() && (columns.size() == 1 || block_with(next).width() <= width))
      columns.push_back(next++);
    Block block(rows, align, columns);
    block.fit(width);
    const bool is_text = columns.size() == 2 && align[columns[1]] == 'l';
    if (!all.empty()) all += '\n';
    all += is_text && block.width() > width ? block.stacked(width) : block.text();
  }
  return all;
}

std::string format_cells(const Row& cells, std::size_t width) {
  std::string all, line;
  const std::string indent(kIndent, ' ');
  for (const std::string& cell : cells) {
    const std::string longer = line.empty() ? cell : line + std::string(kGap, ' ') + cell;
    if (line.empty() || columns_of(without_end_blanks(longer)) <= width) {
      line = longer;
      continue;
    }
    all += without_end_blanks(line) + '\n';
    const std::vector<std::string> rest = wrapped_lines(cell, width - kIndent);
    line = columns_of(cell) <= width - kIndent ? indent + cell : indent + rest[0];
    for (std::size_t i = 1; columns_of(cell) > width - kIndent && i < rest.size(); ++i) {
      all += line + '\n';
      line = indent + rest[i];
    }
  }
  return all + without_end_blanks(line) + '\n';
}

std::string grouped(std::int64_t number) {
  std::string digits = fmt::format("{}", number);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > (number < 0 ? 1 : 0); at -= 3)
    digits.insert(static_cast<std::size_t>(at), 1, ',');
  return digits;
}

std::string percent(double share) { return fmt::format("{:.2f} %", 100 * share); }

}  // namespace ek
