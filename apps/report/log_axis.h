// Ticks of a logarithmic axis, and the words that say that it is one.
#pragma once

#include <string>
#include <vector>

#include "apps/report/plot_data.h"

namespace ek {

/// The axis' name, with the words that it is logarithmic: two steps of the same length are the same ratio there.
std::string log_label(const std::string& label);

/// The values to label: of 1, 2, 5 and their like times powers of ten as few as make four, so that values in between
/// can be read off; on a range too short for those, steps of the same length. `data` are the values that are drawn:
/// where they are a few whole numbers, such as batch sizes, they are the ticks.
/// REQUIRES: 0 < range.low < range.high
std::vector<double> log_ticks(Range range, const std::vector<double>& data = {});

/// The values that get a mark without a label: 1, 2, ..., 9 times powers of ten, where there is room.
std::vector<double> minor_log_ticks(Range range);

/// The range, a short one widened to round values, so that what is drawn lies between two labels as a rule.
/// REQUIRES: 0 < range.low < range.high
Range widened(Range range);

/// The distance of ticks of a linear axis, 1, 2 or 5 times a power of ten, of which some `most` fit into the range.
double tick_step(Range range, double most);

}  // namespace ek
