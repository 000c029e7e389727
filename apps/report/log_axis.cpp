#include "apps/report/log_axis.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace ek {
namespace {

constexpr std::size_t kFewest = 4;   // labels
constexpr double kMostPowers = 8;    // of ten, side by side
constexpr std::size_t kMostOwn = 8;  // values of the data that are labelled themselves
constexpr double kClosest = 0.05;    // of the axis: the distance of two labels
constexpr double kMinorDecades =
    4.5;  // beyond these, marks between the powers would be a grey band
constexpr Range kWidened = {
    0.3, 1.5};  // decades; beyond these there is no need, below it would squeeze the data

/// The first that gives enough labels is taken.
const std::vector<std::vector<double>> kDigits = {
    {1}, {1, 3}, {1, 2, 5}, {1, 1.5, 2, 3, 5, 7}, {1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8}};

double decades(Range r) { return std::log10(r.high) - std::log10(r.low); }

bool inside(Range r, double tick) { return tick >= r.low * 0.999 && tick <= r.high * 1.001; }

/// The digits times every `stride`-th power of ten.
std::vector<double> at_powers(Range r, const std::vector<double>& digits, int stride) {
  std::vector<double> ticks;
  for (int power = static_cast<int>(std::floor(std::log10(r.low))); power <= std::log10(r.high);
       ++power) {
    if (power % stride != 0) continue;
    for (const double digit : digits) {
      const double tick = digit * std::pow(10, power);
      if (inside(r, tick)) ticks.push_back(tick);
    }
  }
  return ticks;
}

std::vector<double> in_steps(Range r) {
  const double step = tick_step(r, 10);  // so that at least four fit
  std::vector<double> ticks;
  if (!std::isnormal(step)) return ticks;
  for (double tick = std::ceil(r.low / step); tick * step <= r.high; ++tick)
    ticks.push_back(tick * step);
  return ticks;
}

/// The values themselves, where they are a few whole numbers with room for a label each; else none.
std::vector<double> own_ticks(Range r, std::vector<double> values) {
  std::ranges::sort(values);
  values.erase(std::unique(values.begin(), values.end()), values.end());
  if (values.size() < kFewest || values.size() > kMostOwn) return {};
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i] != std::round(values[i])) return {};
    if (i > 0 && std::log10(values[i] / values[i - 1]) < kClosest * decades(r)) return {};
  }
  return values;
}

}  // namespace

std::string log_label(const std::string& label) {
  return label.empty() ? "log scale" : label + " (log scale)";
}

std::vector<double> log_ticks(Range r, const std::vector<double>& data) {
  if (const std::vector<double> own = own_ticks(r, data); !own.empty()) return own;
  if (decades(r) > kMostPowers)
    return at_powers(r, {1}, static_cast<int>(std::ceil(decades(r) / kMostPowers)));
  for (const std::vector<double>& digits : kDigits)
    if (std::vector<double> ticks = at_powers(r, digits, 1); ticks.size() >= kFewest) return ticks;
  return in_steps(r);
}

std::vector<double> minor_log_ticks(Range r) {
  if (decades(r) > kMinorDecades) return {};
  return at_powers(r, {1, 2, 3, 4, 5, 6, 7, 8, 9}, 1);
}

Range widened(Range r) {
  if (decades(r) < kWidened.low || decades(r) > kWidened.high) return r;
  Range wide = r;
  for (const double tick : at_powers({r.low / 2, 2 * r.high}, kDigits.back(), 1)) {
    if (tick <= r.low) wide.low = tick;  // ticks rise
    if (tick >= r.high) {
      wide.high = tick;
      break;
    }
  }
  return wide;
}

double tick_step(Range r, double most) {
  const double least = (r.high - r.low) / most, power = std::pow(10, std::floor(std::log10(least)));
  for (const double digit : {1, 2, 5})
    if (digit * power >= least) return digit * power;
  return 10 * power;
}

}  // namespace ek
