// The values inside of a network: what its layers put out, and the gradients of their weights.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "evenkeel/data/loader.h"
#include "evenkeel/layers/layer.h"

namespace ek {

/// A layer that has a weight matrix or kernels. Of very many values some are left out, evenly.
struct LayerValues {
  std::string name;
  std::vector<double>
      activations;  // its output in inference mode, after the norm that follows it, if one does
  std::vector<double> gradients;  // of the loss by its weight, in training mode
};

/// At most `most` layers, evenly spread over the network, in its order. The model's gradients, running statistics and
/// the default generator are no longer what they were: REQUIRES a model that nobody trains.
std::vector<LayerValues> measure_layers(Layer& model, const Batch& test, const Batch& train,
                                        double label_smoothing, std::size_t most);

}  // namespace ek
