#include "data/dataset.h"

#include <algorithm>
#include <utility>

#include "core/check.h"
#include "core/random.h"

namespace ek {
namespace {

std::size_t checked_index(const Dataset& data, std::int64_t i) {
  check(i >= 0 && i < data.size(), data.name(), ": no image ", i, ", there are ", data.size());
  return static_cast<std::size_t>(i);
}

}  // namespace

Dataset::Dataset(std::string name, const Shape& image_shape, std::vector<std::string> class_names)
    : name_(std::move(name)), image_shape_(image_shape), class_names_(std::move(class_names)) {
  check(image_shape.rank() == 3, name_, ": an image has shape [C, H, W], got ", image_shape);
}

InMemoryDataset::InMemoryDataset(std::string name, const Shape& image_shape, std::vector<std::string> class_names,
                                 std::vector<std::uint8_t> pixels, std::vector<int> labels)
    : Dataset(std::move(name), image_shape, std::move(class_names)),
      pixels_(std::move(pixels)),
      labels_(std::move(labels)) {
  const std::size_t expected = labels_.size() * static_cast<std::size_t>(image_shape.numel());
  check(pixels_.size() == expected, this->name(), ": ", pixels_.size(), " bytes of pixels, expected ", expected,
        " for ", labels_.size(), " images ", image_shape);
  const int classes = static_cast<int>(this->class_names().size());
  for (const int label : labels_)
    check(label >= 0 && label < classes, this->name(), ": label ", label, ", expected 0..", classes - 1);
}

int InMemoryDataset::label(std::int64_t i) const { return labels_[checked_index(*this, i)]; }

void InMemoryDataset::image(std::int64_t i, std::span<std::uint8_t> pixels) const {
  const auto count = static_cast<std::size_t>(image_shape().numel());
  check(pixels.size() == count, name(), ": room for ", pixels.size(), " bytes, an image has ", count);
  std::copy_n(pixels_.data() + checked_index(*this, i) * count, count, pixels.data());
}

Subset::Subset(std::shared_ptr<const Dataset> whole, std::int64_t count)
    : Dataset(whole->name(), whole->image_shape(), whole->class_names()), whole_(std::move(whole)) {
  check(count >= 1, name(), ": a subset needs at least 1 image, got ", count);
  indices_ = permutation(whole_->size(), Stream(0, "subset"));
  indices_.resize(static_cast<std::size_t>(std::min(count, whole_->size())));
}

std::int64_t Subset::index(std::int64_t i) const { return indices_[checked_index(*this, i)]; }

int Subset::label(std::int64_t i) const { return whole_->label(index(i)); }

void Subset::image(std::int64_t i, std::span<std::uint8_t> pixels) const { whole_->image(index(i), pixels); }

}  // namespace ek
