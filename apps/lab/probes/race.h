// Which norm gets a network to an accuracy in fewer steps, each at the learning rate that suits it?
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "apps/lab/claim.h"

namespace ek {

/// The accuracy to reach and each norm's rate, as chosen by runs that are not judged.
struct Contest {
  double target;                      // percent
  std::size_t batch_rate, none_rate;  // positions among the rates
};

/// The runs with BatchNorm and with none, for several rates.
struct Race {
  static constexpr double kShare = 0.9;  // of the way from guessing to none's best: the target

  const Records& records;
  std::vector<std::uint64_t> seeds, tuning_seeds;
  std::vector<double> rates;
  double budget;  // steps; a run that does not get to the target counts as this many

  using RateOf = std::size_t (*)(const Contest&);

  static std::string arm(const std::string& norm, double rate);  // "none-lr-0.1"
  double steps(const std::string& norm, std::size_t rate, std::uint64_t seed, double target) const;
  /// What the tuning seeds choose. The target: kShare of the way from guessing to what none ends with at its best rate. A
  /// norm's rate: the one with the fewest steps to the target. Means over those seeds.
  Contest contest() const;
  /// log10 of the steps of each seed to the contest's target, at the rate that `rate_of` takes of it.
  std::vector<double> log_steps(const std::string& norm, RateOf rate_of) const;

 private:
  std::size_t best_rate(const std::string& norm, double target) const;
};

}  // namespace ek
