// Models by name, for the command line and for checkpoints; what every model can be told, and the parts that obey it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/layers/layer.h"
#include "evenkeel/layers/make_norm.h"

namespace ek {

/// Does the norm stand before the activation, relu(norm(x)), or after it, norm(relu(x))?
enum class Placement { before, after };

/// What every model of the registry can be told.
struct ModelOptions {
  MakeNormOptions norm = {};
  Placement placement = Placement::before;
  double dropout = 0;  // before the last layer; 0: none
  double width = 1;    // a factor on the channels and features of all hidden layers
  Shape image = {3, 32, 32};
  std::int64_t classes = 10;

  /// So many channels times the width, rounded; at least one. Throws std::invalid_argument for a width that is not
  /// positive.
  std::int64_t wide(std::int64_t channels) const;
  /// How many values wide(channels) maps of the image's size have after pooling by `pool`. Throws std::invalid_argument,
  /// which names the model, for a smaller image than that.
  std::int64_t flat(const char* model, std::int64_t channels, std::int64_t pool) const;
};

/// relu(norm(x)), or with Placement::after norm(relu(x)); any shape -> the same shape.
Tensor norm_relu(Layer& norm, const Tensor& x, Placement placement);

/// Dropout(p), or Identity where p is 0.
std::unique_ptr<Layer> make_dropout(double p);

/// MaxPool2d(size), or Identity where size is 1.
std::unique_ptr<Layer> make_max_pool(std::int64_t size);

/// "convnet", "convnet-8x8", "vgg", "resnet20", "mlp", in the order in which help texts list them.
std::vector<std::string> model_names();

/// A fresh model with PyTorch's default start values. Throws std::invalid_argument for an unknown name.
std::unique_ptr<Layer> make_model(std::string_view name, const ModelOptions& options);

}  // namespace ek
