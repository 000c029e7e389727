#include "apps/lab/probes/drift.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "evenkeel/core/base/norm_view.h"

namespace ek {

void Drift::add(const Moments& reading) {
  std::vector<double> spreads;
  for (const double variance : reading.var) spreads.push_back(std::sqrt(variance));
  add(means_, reading.mean);
  add(spreads_, spreads);
  ++readings_;
}

void Drift::add(Extremes& e, const std::vector<double>& values) {
  if (e.last.empty()) e.low = e.high = e.last = values;
  for (std::size_t c = 0; c < values.size(); ++c) {
    e.low[c] = std::min(e.low[c], values[c]);
    e.high[c] = std::max(e.high[c], values[c]);
    e.moved += std::abs(values[c] - e.last[c]);
    e.sum += values[c];
  }
  e.last = values;
}

double Drift::range(const Extremes& e) {
  double sum = 0;
  for (std::size_t c = 0; c < e.low.size(); ++c) sum += e.high[c] - e.low[c];
  return sum / static_cast<double>(e.low.size());
}

double Drift::per_reading() const {
  return per_unit(means_.moved / static_cast<double>(means_.low.size()) / (readings_ - 1));
}

double Drift::per_unit(double value) const {
  if (readings_ < 2) return 0;
  return value / (spreads_.sum / static_cast<double>(spreads_.low.size()) / readings_);
}

}  // namespace ek
