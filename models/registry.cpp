#include "evenkeel/models/registry.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/layers/functions.h"
#include "evenkeel/layers/layer.h"
#include "evenkeel/models/convnet.h"
#include "evenkeel/models/mlp.h"
#include "evenkeel/models/resnet.h"
#include "evenkeel/models/vgg.h"

namespace ek {

std::int64_t ModelOptions::wide(std::int64_t channels) const {
  check(width > 0 && std::isfinite(width), "model: the width must be positive, got ", width);
  return std::max<std::int64_t>(1, std::llround(width * static_cast<double>(channels)));
}

std::int64_t ModelOptions::flat(const char* model, std::int64_t channels, std::int64_t pool) const {
  check(image.rank() == 3 && image[1] >= pool && image[2] >= pool, model,
        ": expected images [C, H, W] of at least ", pool, "x", pool, " pixels, got ", image);
  return wide(channels) * (image[1] / pool) * (image[2] / pool);
}

Tensor norm_relu(Layer& norm, const Tensor& x, Placement placement) {
  return placement == Placement::before ? relu(norm(x)) : norm(relu(x));
}

std::unique_ptr<Layer> make_dropout(double p) {
  if (p == 0) return std::make_unique<Identity>();
  return std::make_unique<Dropout>(p);
}

std::unique_ptr<Layer> make_max_pool(std::int64_t size) {
  if (size == 1) return std::make_unique<Identity>();
  return std::make_unique<MaxPool2d>(size);
}

// A new model is a name here and a line below.
std::vector<std::string> model_names() {
  return {"convnet", "convnet-8x8", "vgg", "resnet20", "mlp"};
}

std::unique_ptr<Layer> make_model(std::string_view name, const ModelOptions& options) {
  if (name == "convnet") return std::make_unique<ConvNet>(options, 1);
  if (name == "convnet-8x8")
    return std::make_unique<ConvNet>(options, ConvNet::pool_to_8x8(options.image));
  if (name == "vgg") return std::make_unique<VGG>(options);
  if (name == "resnet20") return std::make_unique<ResNet20>(options);
  if (name == "mlp") return std::make_unique<MLP>(options);
  throw std::invalid_argument(text("model: '", name, "' is not one of ", joined(model_names())));
}

}  // namespace ek
