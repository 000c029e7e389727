// Probes of internal covariate shift: what each activation of a model is given while the model is trained, and how the
// loss looks around the weights.
#pragma once

#include <cstdint>
#include <string>

#include "apps/lab/trial.h"

namespace ek {

/// After every so many steps looks at what comes out of the layers whose path starts with `layers`, for the same images
/// each time, in training mode, and notes:
///   "shift_step"
///   "mean_loss"                         of the training, since the reading before
///   "unit_p15", "unit_p50", "unit_p85"  percentiles of the first channel of the last such layer that has maps
/// and after the first tenth of the training, one number for each of these layers, as of all readings so far (Drift):
///   "drift_means", "drift_spreads", "drift_per_reading"
Probe shift_probe(const std::string& layers, std::int64_t every);

/// After every so many steps notes the landscape along the gradient of the batch of that step:
///   "landscape_step", "loss_lowest", "loss_highest", "gradient_change", "smoothness"
Probe landscape_probe(std::int64_t every);

/// One probe after the other.
Probe both(Probe first, Probe second);

}  // namespace ek
