// Dataset: labelled images, read by index. Pixels stay bytes until a batch is made of them.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/shape.h"

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
  Dataset(std::string name, const Shape& image_shape, std::vector<std::string> class_names);

 private:
  std::string name_;
  Shape image_shape_;
  std::vector<std::string> class_names_;
};

/// A dataset whose images are all in memory. What every reader of files makes.
class InMemoryDataset : public Dataset {
 public:
  /// pixels: [N, C, H, W], labels: [N]. Throws std::invalid_argument where sizes or labels do not fit.
  InMemoryDataset(std::string name, const Shape& image_shape, std::vector<std::string> class_names,
                  std::vector<std::uint8_t> pixels, std::vector<int> labels);

  std::int64_t size() const override { return static_cast<std::int64_t>(labels_.size()); }
  int label(std::int64_t i) const override;
  void image(std::int64_t i, std::span<std::uint8_t> pixels) const override;

 private:
  std::vector<std::uint8_t> pixels_;
  std::vector<int> labels_;
};

/// At most `count` images of another dataset: the first ones of a fixed random order, because a folder comes
/// sorted by class. The order depends on the dataset's size alone, so all runs, whatever their seed, share
/// their images.
class Subset : public Dataset {
 public:
  Subset(std::shared_ptr<const Dataset> whole, std::int64_t count);

  std::int64_t size() const override { return static_cast<std::int64_t>(indices_.size()); }
  int label(std::int64_t i) const override;
  void image(std::int64_t i, std::span<std::uint8_t> pixels) const override;

 private:
  std::int64_t index(std::int64_t i) const;

  std::shared_ptr<const Dataset> whole_;
  std::vector<std::int64_t> indices_;
};

}  // namespace ek
