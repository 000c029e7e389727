#include "apps/training/smallest_batch.h"

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <string>

#include "apps/training/errors.h"
#include "evenkeel/core/base/check.h"
#include "evenkeel/core/tensor/autograd.h"
#include "evenkeel/core/tensor/tensor.h"

namespace ek {
namespace {

/// What the layers advise to those who program with them ("call eval()") is no help to who types
/// flags.
std::string advice(const std::string& what, const TrainConfig& config) {
  if (what.find("of a sample") != std::string::npos)
    return "; take --norm batch, layer, group or none";
  const std::string larger =
      config.batch_size == 1
          ? "a larger --batch-size"
          : "another --batch-size (the last batch has one image), --drop-last yes";
  return "; take " + larger + ", or --norm layer, group or none";
}

}  // namespace

// Whether a layer has values enough does not change from two images on.
void try_smallest_batch(Layer& model, const Shape& image, std::int64_t images,
                        const TrainConfig& config) {
  const NoGrad no_grad;
  try {
    model(Tensor::zeros({std::min<std::int64_t>(images, 2), image[0], image[1], image[2]}));
  } catch (const std::invalid_argument& error) {
    const std::string what = error.what();
    const std::size_t reason = what.find(", and its own mean");
    if (reason == std::string::npos) throw UsageError(what);
    throw UsageError(what.substr(0, reason) + advice(what, config));
  }
}

}  // namespace ek
