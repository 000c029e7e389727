#include "models/registry.h"

#include "core/check.h"
#include "models/convnet.h"
#include "models/resnet.h"
#include "models/vgg.h"

namespace ek {
namespace {

/// The pooling window that brings maps of the image's size to 8x8.
std::int64_t pool_to_8x8(const Shape& image) {
  check(image.rank() == 3 && image[1] == image[2] && image[1] > 0 && image[1] % 8 == 0,
        "convnet-8x8: expected square images [C, S, S] with S a multiple of 8, got ", image);
  return image[1] / 8;
}

}  // namespace

// A new model is a name here and a line below.
std::vector<std::string> model_names() { return {"convnet", "convnet-8x8", "vgg", "resnet20"}; }

std::unique_ptr<Layer> make_model(std::string_view name, const ModelOptions& options) {
  if (name == "convnet") return std::make_unique<ConvNet>(options, 1);
  if (name == "convnet-8x8") return std::make_unique<ConvNet>(options, pool_to_8x8(options.image));
  if (name == "vgg") return std::make_unique<VGG>(options);
  if (name == "resnet20") return std::make_unique<ResNet20>(options);
  throw std::invalid_argument(text("model: '", name, "' is not one of ", joined(model_names())));
}

}  // namespace ek
