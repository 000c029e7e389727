// How values are spread.
#pragma once

#include <string>
#include <vector>

#include "apps/convnet/layer_values.h"
#include "apps/report/page.h"

namespace ek {

/// A line a layer over the same bins: the share of its activations in each. The axis reaches as far as all but the
/// outermost values of the layer with the widest spread.
Plot activation_plot(const std::vector<LayerValues>& layers, const std::string& title);
/// The same for the gradients' absolute values, in bins of equal ratio.
Plot gradient_plot(const std::vector<LayerValues>& layers, const std::string& title);

/// A row a layer: mean and spread of its activations, root mean square of its gradients, the share that is 0.
Table layer_table(const std::vector<LayerValues>& layers);

}  // namespace ek
