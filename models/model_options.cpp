#include "models/model_options.h"

#include <algorithm>
#include <cmath>

#include "core/activation.h"
#include "core/check.h"
#include "layers/dropout.h"
#include "layers/flatten.h"
#include "layers/pooling.h"

namespace ek {

std::int64_t ModelOptions::wide(std::int64_t channels) const {
  check(width > 0 && std::isfinite(width), "model: the width must be positive, got ", width);
  return std::max<std::int64_t>(1, std::llround(width * static_cast<double>(channels)));
}

std::int64_t ModelOptions::flat(const char* model, std::int64_t channels, std::int64_t pool) const {
  check(image.rank() == 3 && image[1] >= pool && image[2] >= pool, model, ": expected images [C, H, W] of at least ",
        pool, "x", pool, " pixels, got ", image);
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

}  // namespace ek
