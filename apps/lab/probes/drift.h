// How far the distribution of a layer's inputs wanders while the layers before it are trained.
#pragma once

#include <vector>

#include "evenkeel/core/base/norm_view.h"
#include "evenkeel/core/ops/normalize.h"

namespace ek {

/// Takes one reading after the other of the same layer: mean and variance of each channel. Results are in units of the
/// typical standard deviation, which is the mean of all that were read; 0 for fewer than two readings.
class Drift {
 public:
  void add(const Moments& reading);

  /// The largest reading minus the smallest, of the mean or the standard deviation of a channel; averaged over the
  /// channels.
  double of_means() const { return per_unit(range(means_)); }
  double of_spreads() const { return per_unit(range(spreads_)); }
  /// By how much a channel's mean changes from a reading to the next, up or down; averaged over readings and channels.
  double per_reading() const;

 private:
  struct Extremes {
    std::vector<double> low, high, last;
    double moved = 0;  // the sum of all changes
    double sum = 0;
  };
  static void add(Extremes& extremes, const std::vector<double>& values);
  static double range(const Extremes& extremes);
  double per_unit(double value) const;

  Extremes means_, spreads_;
  double readings_ = 0;
};

}  // namespace ek
