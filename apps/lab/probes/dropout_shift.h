// Dropout in front of a BatchNorm: what the norm takes in has another variance in training than in inference.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "apps/lab/trial.h"

namespace ek {

/// What BatchNorm makes of standard normal values behind dropout [Li et al. 2018, equation 8, for a mean of 0].
struct NormalShift {
  double running_var;  // measured; exactly 1 / keep
  double error;        // its standard error
  double eval_var;     // of the output in inference; keep
};
/// Layers Dropout(1 - keep) and BatchNorm1d, trained on some batches. REQUIRES: 0 < keep <= 1.
NormalShift normal_shift(double keep, std::uint64_t seed);

/// Running variance and that of the input in inference, channel by channel.
struct Shift {
  double ratio;             // mean of the larger over the smaller
  double moving_over_real;  // mean
};
/// Channels that never change are left out; with no other, no shift: 1. REQUIRES: as many of both.
Shift shift_between(std::span<const double> moving, std::span<const double> real);

/// That of the BatchNorm at this path, over the training images. Changes nothing.
Shift trained_shift(const Training& training, const std::string& path);

}  // namespace ek
