#include "apps/convnet/layer_plots.h"

#include <cstddef>

#include "apps/convnet/histogram.h"
#include "apps/convnet/layer_values.h"
#include "apps/report/share_axes.h"

namespace ek {

std::vector<LayerPlots> layer_plots(const std::vector<Arm>& arms) {
  std::vector<const std::vector<LayerValues>*> finite;
  for (const Arm& arm : arms)
    if (!arm.has_failed() && !arm.layers.empty()) finite.push_back(&arm.layers);
  const HistogramBins common = bins_for(finite);
  std::vector<LayerPlots> all;
  for (const Arm& arm : arms) {
    all.emplace_back();
    if (arm.layers.empty()) continue;
    const HistogramBins bins = arm.has_failed() ? bins_for({&arm.layers}) : common;
    all.back() = {.plots = {activation_plot(arm.layers, "Activations by layer", bins),
                            gradient_plot(arm.layers, "Gradients by layer", bins)},
                  .shared = !arm.has_failed() && finite.size() > 1};
  }
  for (const std::size_t kind : {std::size_t(0), std::size_t(1)}) {
    std::vector<Plot*> shared;
    for (LayerPlots& arm : all)
      if (arm.shared) shared.push_back(&arm.plots[kind]);
    share_axes(shared);
  }
  return all;
}

}  // namespace ek
