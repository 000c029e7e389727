// The plots of internal covariate shift.
#pragma once

#include <string>
#include <vector>

#include "apps/lab/claim.h"
#include "apps/report/page.h"

namespace ek {

/// What is compared: `layers` are those whose outputs the activations are given, see shift_probe.
struct ShiftArm {
  std::string name, title, norm, layers;
};
const std::vector<ShiftArm>& shift_arms();

/// Of what shift_probe and landscape_probe have noted of a vgg.
std::vector<Plot> shift_plots(const Setting& setting, const Records& records);

}  // namespace ek
