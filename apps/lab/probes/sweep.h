// A knob turned through several decades, with BatchNorm and without any norm: which settings get a network to train?
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "apps/lab/claim.h"
#include "apps/lab/trial.h"
#include "apps/report/page.h"

namespace ek {

/// The settings of a knob, on a logarithmic axis, that train.
struct Range {
  double largest;  // log10
  double width;    // decades; several pieces add up
};
/// Those with which the accuracy is at least `enough`; between two settings it is taken to change linearly with the
/// logarithm. REQUIRES: as many accuracies as settings, which grow.
Range range_that_trains(const std::vector<double>& settings, const std::vector<double>& accuracies,
                        double enough);

struct Sweep {
  std::string knob;              // "learning rate", as it stands beside an axis
  std::string key;               // "lr", as it stands in an arm's name
  std::vector<double> settings;  // they grow

  static const std::array<const char*, 2>& norms();
  std::string arm(const std::string& norm, double setting) const;  // "none-lr-0.1"
  /// A trial for every seed, setting and norm, in this order; `configure` adds what they share and the knob.
  std::vector<Trial> trials(
      const Setting& setting,
      const std::function<Trial(std::uint64_t seed, double setting)>& configure) const;
};

/// The final accuracies of one norm, in percent, and the range that trains; a list of each, in the order of the seeds.
struct SweepArm {
  std::vector<std::vector<double>> accuracies;
  std::vector<double> largest, width;
};

/// A setting trains if it gets at least half of the way from guessing to the best accuracy of either norm with the same
/// seed.
struct SweepResult {
  SweepArm batch, none;
};
SweepResult measure(const Sweep& sweep, const Setting& setting, const Records& records);

/// Test accuracy against the knob.
Plot accuracy_plot(const Sweep& sweep, const SweepResult& result);
Table accuracy_table(const Sweep& sweep, const SweepResult& result);

}  // namespace ek
