// The histograms of the layers' values, arm by arm, for the page of a comparison.
#pragma once

#include <vector>

#include "apps/convnet/arm.h"
#include "apps/report/page.h"

namespace ek {

/// The histograms of one arm's layers.
struct LayerPlots {
  std::vector<Plot> plots;  // activations and gradients; none before the layers were measured
  bool shared = false;      // with other arms' on the same axes
};

/// Those of all arms, in their order. Arms that stayed finite share their bins and axes, so that they can be compared;
/// the numbers of one that did not would leave nothing to see of the others.
std::vector<LayerPlots> layer_plots(const std::vector<Arm>& arms);

}  // namespace ek
