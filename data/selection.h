// Views of a dataset: some of its images, or its labels under other numbers.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "evenkeel/data/dataset.h"

namespace ek {

/// The images of another dataset with these indices, in this order.
class Selection : public Dataset {
 public:
  Selection(std::shared_ptr<const Dataset> whole, std::vector<std::int64_t> indices);

  std::int64_t size() const override { return static_cast<std::int64_t>(indices_.size()); }
  int label(std::int64_t i) const override { return whole_->label(indices_[checked(i)]); }
  void image(std::int64_t i, std::span<std::uint8_t> pixels) const override {
    whole_->image(indices_[checked(i)], pixels);
  }

 private:
  std::shared_ptr<const Dataset> whole_;
  std::vector<std::int64_t> indices_;
};

/// At most `count` images of another dataset: the first ones of a fixed random order, because a folder comes sorted by
/// class. The order depends on the dataset's size alone, so all runs, whatever their seed, share their images.
class Subset : public Selection {
 public:
  Subset(std::shared_ptr<const Dataset> whole, std::int64_t count);
};

/// Training images and those that are held back from them to choose by.
struct HeldBack {
  std::shared_ptr<const Dataset> training, validation;
};

/// Holds back this share of the images of each class (rounded; of a class with two or more at least one stays on either
/// side), drawn by the seed. Throws std::invalid_argument unless 0 < share < 1 and both parts have an image.
HeldBack hold_back(std::shared_ptr<const Dataset> data, double share, std::uint64_t seed);

enum class OnUnknownClass { fail, leave_out };

/// The dataset with its labels as places in `class_names`, by name: what a model of these classes is to be tested with.
/// Throws DataError with both lists where a class of its is not among them, or leaves out its images.
std::shared_ptr<const Dataset> with_classes(std::shared_ptr<const Dataset> data,
                                            const std::vector<std::string>& class_names,
                                            OnUnknownClass on_unknown = OnUnknownClass::fail);

}  // namespace ek
