// The note's ConvNet: one convolution, two fully connected layers, a norm after the first two of the three.
#pragma once

#include "layers/conv2d.h"
#include "layers/linear.h"
#include "models/model_options.h"

namespace ek {

/// images [N, 3, H, W] -> logits [N, classes]. The note gives the network twice, and the two differ: its
/// Keras code flattens the maps of a 32x32 image (Dense on 64*32*32 values), while its PyTorch code has
/// Linear(64 * 8 * 8, 256), which fits 8x8 maps only. Both are here: ConvNet(o, 1) is the Keras spelling;
/// ConvNet(o, 4) is the PyTorch spelling, with a 4x4 max-pool that brings the maps of a 32x32 image to 8x8.
class ConvNet : public Layer {
 public:
  ConvNet(const ModelOptions& options, std::int64_t pool_size);
  Tensor forward(const Tensor& x) override;
  std::string describe() const override { return "ConvNet"; }

 private:
  Placement placement_;
  Conv2d& conv1_;
  Layer& bn1_;  // these names are the note's, whatever the norm
  Layer& pool_;
  Linear& fc1_;
  Layer& bn2_;
  Layer& dropout_;
  Linear& fc2_;
};

}  // namespace ek
