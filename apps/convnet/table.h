// Columns of text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ek {

using Row = std::vector<std::string>;

/// The rows as lines, every column as wide as its widest cell; `align` has an 'l' or an 'r' for each.
std::string format_table(const std::vector<Row>& rows, std::string_view align);

/// 16,777,216
std::string grouped(std::int64_t number);

/// 0.6163 -> "61.63 %"
std::string percent(double share);

}  // namespace ek
