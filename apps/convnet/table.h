// Columns of text, in lines that fit the terminal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ek {

using Row = std::vector<std::string>;

/// Columns of text on standard output.
std::size_t output_width();

/// The text in lines of at most `width` columns: broken at blanks, and after the commas of words that are longer than a
/// line. What has neither stays whole.
std::vector<std::string> wrapped_lines(const std::string& text, std::size_t width);

/// The rows as lines, every column as wide as its widest cell; `align` has an 'l' or an 'r' for each. Where that is wider
/// than `width`, texts ('l') are wrapped within their columns; columns for which there is no room then follow in further
/// blocks, each behind the first column.
std::string format_table(const std::vector<Row>& rows, std::string_view align,
                         std::size_t width = output_width());

/// The cells, which are as wide as they shall be, in one line, two blanks between them; those that do not fit go on in
/// lines of their own, indented.
std::string format_cells(const Row& cells, std::size_t width = output_width());

/// 16,777,216
std::string grouped(std::int64_t number);

/// 0.6163 -> "61.63 %"
std::string percent(double share);

}  // namespace ek
