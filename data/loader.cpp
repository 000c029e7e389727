#include "evenkeel/data/loader.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/ops/random.h"
#include "evenkeel/data/dataset.h"

namespace ek {

Batch make_batch(const Dataset& data, const Normalization& normalization,
                 std::span<const std::int64_t> indices) {
  Batch batch = {{}, {}, {indices.begin(), indices.end()}};
  const Shape& image = data.image_shape();
  const auto bytes = static_cast<std::size_t>(image.numel());
  std::vector<std::uint8_t> pixels(indices.size() * bytes);
  for (std::size_t i = 0; i < indices.size(); ++i) {
    batch.labels.push_back(data.label(indices[i]));
    data.image(indices[i], std::span(pixels).subspan(i * bytes, bytes));
  }
  const Shape shape = {static_cast<std::int64_t>(indices.size()), image[0], image[1], image[2]};
  batch.images = to_tensor(pixels, shape, normalization);
  return batch;
}

DataLoader::DataLoader(std::shared_ptr<const Dataset> dataset, Normalization normalization,
                       LoaderOptions options)
    : dataset_(std::move(dataset)), normalization_(std::move(normalization)), options_(options) {
  const std::int64_t size = dataset_->size(), batch_size = options_.batch_size;
  check(batch_size >= 1, "loader: batch size ", batch_size, ", expected at least 1");
  check(options_.prefetch >= 0, "loader: prefetch ", options_.prefetch, ", expected at least 0");
  const std::int64_t smallest = options_.drop_last == DropLast::automatic ? 2 : 1;
  steps_ = size / batch_size +
           (options_.drop_last != DropLast::yes && size % batch_size >= smallest ? 1 : 0);
  check(steps_ > 0, "loader: ", size, " image(s) of ", dataset_->name(), " make no batch of ",
        batch_size, "; take more images",
        size > 1 ? ", a smaller --batch-size or --drop-last no" : "");  // one is too few anyway
}

Prefetched<Batch> DataLoader::epoch(std::int64_t number, std::int64_t first_step) const {
  check(number >= 0, "loader: epoch ", number, ", expected 0 or more");
  check(first_step >= 0 && first_step <= steps_, "loader: step ", first_step, ", an epoch has ",
        steps_);
  std::vector<std::int64_t> order(static_cast<std::size_t>(dataset_->size()));
  std::iota(order.begin(), order.end(), 0);
  if (options_.shuffle)
    order = permutation(std::ssize(order),
                        {Stream(options_.seed, "order").key(), static_cast<std::uint64_t>(number)});
  auto make = [self = *this, order = std::move(order)](std::int64_t step) {
    const auto begin = order.begin() + step * self.options_.batch_size;
    const std::int64_t count = std::min(self.options_.batch_size, order.end() - begin);
    return make_batch(*self.dataset_, self.normalization_, {begin, begin + count});
  };
  return Prefetched<Batch>(std::move(make), first_step, steps_, options_.prefetch);
}

}  // namespace ek
