#include "apps/convnet/arm.h"

#include <cstddef>

#include "apps/training/run_data.h"
#include "apps/training/trainer.h"
#include "evenkeel/core/ops/random.h"
#include "evenkeel/data/dataset.h"
#include "evenkeel/data/loader.h"
#include "evenkeel/data/selection.h"
#include "evenkeel/data/transform.h"

namespace ek {
namespace {

constexpr std::size_t kMostLayers = 8;

/// The default generator is as it was when this ends.
struct KeepGenerator {
  Generator before = default_generator();
  ~KeepGenerator() { default_generator() = before; }
};

/// The same images every time.
Batch some_images(const std::shared_ptr<const Dataset>& data, const Normalization& normalization) {
  auto batches =
      evaluation_loader(std::make_shared<Subset>(data, kMeasuredImages), normalization).epoch(0);
  return *batches.begin();
}

}  // namespace

void measure(Arm& arm, const RunData& data) {
  const KeepGenerator keep;
  const auto copy = make_model(arm.config, data.info);
  copy->load_state_dict(arm.run->model().state_dict());
  const Normalization& normalization = data.info.normalization;
  arm.layers = measure_layers(*copy, some_images(data.test, normalization),
                              some_images(data.train, normalization), arm.config.label_smoothing,
                              kMostLayers);
  arm.measured = true;
}

}  // namespace ek
