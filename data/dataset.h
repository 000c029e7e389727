// Dataset: labelled images, read by index. Pixels stay bytes until a batch is made of them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/base/shape.h"

namespace ek {

enum class Split { train, test };

/// Images of one shape, each with a label in [0, class_names().size()). Held as std::shared_ptr<const
/// Dataset>; the const functions may be called from several threads at once.
class Dataset {
 public:
  virtual ~Dataset() = default;

  /// What it is, for people and for records: "cifar10".
  const std::string& name() const { return name_; }
  /// [C, H, W]
  const Shape& image_shape() const { return image_shape_; }
  const std::vector<std::string>& class_names() const { return class_names_; }

  virtual std::int64_t size() const = 0;
  virtual int label(std::int64_t i) const = 0;
  /// Writes image i, C*H*W bytes in the order of its shape. Throws std::invalid_argument where there is no
  /// image i.
  virtual void image(std::int64_t i, std::span<std::uint8_t> pixels) const = 0;

 protected:
  Dataset(std::string name, const Shape& image_shape, std::vector<std::string> class_names)
      : name_(std::move(name)), image_shape_(image_shape), class_names_(std::move(class_names)) {
    check(image_shape.rank() == 3, name_, ": an image has shape [C, H, W], got ", image_shape);
  }
  /// i, which must be the number of an image.
  std::size_t checked(std::int64_t i) const {
    check(i >= 0 && i < size(), name_, ": no image ", i, ", there are ", size());
    return static_cast<std::size_t>(i);
  }

 private:
  std::string name_;
  Shape image_shape_;
  std::vector<std::string> class_names_;
};

/// A dataset whose images are all in memory. What every reader of files makes.
struct InMemoryDataset : Dataset {
  /// pixels: [N, C, H, W], labels: [N]. Throws std::invalid_argument where sizes or labels do not fit.
  InMemoryDataset(std::string name, const Shape& image_shape, std::vector<std::string> class_names,
                  std::vector<std::uint8_t> pixels, std::vector<int> labels)
      : Dataset(std::move(name), image_shape, std::move(class_names)),
        pixels_(std::move(pixels)),
        labels_(std::move(labels)) {
    const std::size_t expected = labels_.size() * static_cast<std::size_t>(image_shape.numel());
    check(pixels_.size() == expected, this->name(), ": ", pixels_.size(),
          " bytes of pixels, expected ", expected, " for ", labels_.size(), " images ",
          image_shape);
    const int classes = static_cast<int>(this->class_names().size());
    for (const int label : labels_)
      check(label >= 0 && label < classes, this->name(), ": label ", label, ", expected 0..",
            classes - 1);
  }

  std::int64_t size() const override { return static_cast<std::int64_t>(labels_.size()); }
  int label(std::int64_t i) const override { return labels_[checked(i)]; }
  void image(std::int64_t i, std::span<std::uint8_t> pixels) const override {
    const auto count = static_cast<std::size_t>(image_shape().numel());
    check(pixels.size() == count, name(), ": room for ", pixels.size(), " bytes, an image has ",
          count);
    std::copy_n(pixels_.data() + checked(i) * count, count, pixels.data());
  }

 private:
  std::vector<std::uint8_t> pixels_;
  std::vector<int> labels_;
};

}  // namespace ek
