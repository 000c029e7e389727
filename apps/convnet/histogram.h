// How values are spread.
#pragma once

#include <string>
#include <vector>

#include "apps/convnet/layer_values.h"
#include "apps/report/page.h"

namespace ek {

/// The bins that the histograms of several networks share: only so can a share of one be set beside one of another.
struct HistogramBins {
  double reach;       // activations: bins of equal width from -reach to reach
  int last_gradient;  // gradients: the number of the last bin; bins of equal ratio
};
/// Those for all these networks. Activations reach as far as all but the outermost values of the layer with the widest
/// spread.
HistogramBins bins_for(const std::vector<const std::vector<LayerValues>*>& networks);

/// A line a layer over the same bins: the share of its activations in each.
Plot activation_plot(const std::vector<LayerValues>& layers, const std::string& title,
                     const HistogramBins& bins);
/// The same for the gradients' absolute values.
Plot gradient_plot(const std::vector<LayerValues>& layers, const std::string& title,
                   const HistogramBins& bins);

/// A row a layer: mean and spread of its activations, root mean square of its gradients, the share that is 0.
Table layer_table(const std::vector<LayerValues>& layers);

}  // namespace ek
