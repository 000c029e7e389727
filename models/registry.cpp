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

struct Entry {
  const char* name;
  std::unique_ptr<Layer> (*make)(const ModelOptions& options);
};

// A new model is one line here.
constexpr Entry kModels[] = {
    {"convnet", [](const ModelOptions& o) -> std::unique_ptr<Layer> { return std::make_unique<ConvNet>(o, 1); }},
    {"convnet-8x8",
     [](const ModelOptions& o) -> std::unique_ptr<Layer> {
       return std::make_unique<ConvNet>(o, pool_to_8x8(o.image));
     }},
    {"vgg", [](const ModelOptions& o) -> std::unique_ptr<Layer> { return std::make_unique<VGG>(o); }},
    {"resnet20", [](const ModelOptions& o) -> std::unique_ptr<Layer> { return std::make_unique<ResNet20>(o); }},
};

}  // namespace

std::vector<std::string> model_names() {
  std::vector<std::string> names;
  for (const Entry& entry : kModels) names.emplace_back(entry.name);
  return names;
}

std::unique_ptr<Layer> make_model(std::string_view name, const ModelOptions& options) {
  for (const Entry& entry : kModels)
    if (name == entry.name) return entry.make(options);
  throw std::invalid_argument(text("model: '", name, "' is not one of ", joined(model_names())));
}

}  // namespace ek
