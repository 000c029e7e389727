#include "apps/lab/probes/race.h"

#include <algorithm>
#include <cmath>

#include "apps/lab/figures.h"

namespace ek {
namespace {

using Seeds = std::vector<std::uint64_t>;

Seeds without(const Seeds& seeds, std::uint64_t seed) {
  Seeds others;
  std::ranges::copy_if(seeds, std::back_inserter(others), [=](std::uint64_t s) { return s != seed; });
  return others;
}

}  // namespace

std::string Race::arm(const std::string& norm, double rate) { return norm + "-lr-" + short_number(rate); }

double Race::steps(const std::string& norm, std::size_t rate, std::uint64_t seed, double target) const {
  return std::min(budget, steps_to(records.at(arm(norm, rates[rate]), seed), target).value_or(budget));
}

std::size_t Race::best_rate(const std::string& norm, const Seeds& some, double target) const {
  std::vector<double> sums(rates.size());
  for (std::size_t rate = 0; rate < rates.size(); ++rate)
    for (const std::uint64_t seed : some) sums[rate] += steps(norm, rate, seed, target);
  return static_cast<std::size_t>(std::ranges::min_element(sums) - sums.begin());
}

Contest Race::chosen_by(const Seeds& some) const {
  const double guessing = 100 / records.at(arm("none", rates[0]), some.front()).last("classes");
  double best = guessing;
  for (const double rate : rates)
    best = std::max(best,
                    mean_of(records.each(arm("none", rate), some, [](const Record& r) { return final_accuracy(r); })));
  const double target = std::lerp(guessing, best, kShare);
  return {target, best_rate("batch", some, target), best_rate("none", some, target)};
}

std::vector<Contest> Race::contests() const {
  std::vector<Contest> all;
  for (const std::uint64_t seed : seeds) all.push_back(chosen_by(without(seeds, seed)));
  return all;
}

std::vector<double> Race::log_steps(const std::string& norm, RateOf rate_of) const {
  std::vector<double> values;
  for (std::size_t s = 0; const Contest& c : contests())
    values.push_back(std::log10(steps(norm, rate_of(c), seeds[s++], c.target)));
  return values;
}

}  // namespace ek
