#include "apps/lab/probes/race.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "apps/lab/figures.h"
#include "apps/lab/probes/small_batches.h"
#include "apps/lab/record.h"
#include "apps/lab/statistics.h"

namespace ek {
std::string Race::arm(const std::string& norm, double rate) {
  return norm + "-lr-" + short_number(rate);
}

double Race::steps(const std::string& norm, std::size_t rate, std::uint64_t seed,
                   double target) const {
  return std::min(budget,
                  steps_to(records.at(arm(norm, rates[rate]), seed), target).value_or(budget));
}

std::size_t Race::best_rate(const std::string& norm, double target) const {
  std::vector<double> sums(rates.size());
  for (std::size_t rate = 0; rate < rates.size(); ++rate)
    for (const std::uint64_t seed : tuning_seeds) sums[rate] += steps(norm, rate, seed, target);
  return static_cast<std::size_t>(std::ranges::min_element(sums) - sums.begin());
}

Contest Race::contest() const {
  const double guessing =
      100 / records.at(arm("none", rates[0]), tuning_seeds.front()).last("classes");
  double best = guessing;
  for (const double rate : rates)
    best = std::max(best, mean_of(records.each(arm("none", rate), tuning_seeds,
                                               [](const Record& r) { return final_accuracy(r); })));
  const double target = std::lerp(guessing, best, kShare);
  return {target, best_rate("batch", target), best_rate("none", target)};
}

std::vector<double> Race::log_steps(const std::string& norm, RateOf rate_of) const {
  const Contest c = contest();
  std::vector<double> values;
  for (const std::uint64_t seed : seeds)
    values.push_back(std::log10(steps(norm, rate_of(c), seed, c.target)));
  return values;
}

}  // namespace ek
