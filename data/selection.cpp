#include "evenkeel/data/selection.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <utility>

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/ops/random.h"

namespace ek {
namespace {

std::vector<std::int64_t> first_of_random_order(const Dataset& data, std::int64_t count) {
  check(count >= 1, data.name(), ": a subset needs at least 1 image, got ", count);
  std::vector<std::int64_t> order = permutation(data.size(), Stream(0, "subset"));
  order.resize(static_cast<std::size_t>(std::min(count, data.size())));
  return order;
}

/// The same images; label k becomes places[k].
class Relabelled : public Dataset {
 public:
  Relabelled(std::shared_ptr<const Dataset> whole, std::vector<std::string> class_names,
             std::vector<int> places)
      : Dataset(whole->name(), whole->image_shape(), std::move(class_names)),
        whole_(std::move(whole)),
        places_(std::move(places)) {}

  std::int64_t size() const override { return whole_->size(); }
  int label(std::int64_t i) const override {
    return places_[static_cast<std::size_t>(whole_->label(i))];
  }
  void image(std::int64_t i, std::span<std::uint8_t> pixels) const override {
    whole_->image(i, pixels);
  }

 private:
  std::shared_ptr<const Dataset> whole_;
  std::vector<int> places_;
};

constexpr int kUnknown = -1;

/// Where each of `names` stands in `known`.
std::vector<int> places_of(const std::vector<std::string>& names,
                           const std::vector<std::string>& known) {
  std::vector<int> places;
  for (const std::string& name : names) {
    const auto found = std::ranges::find(known, name);
    places.push_back(found == known.end() ? kUnknown : static_cast<int>(found - known.begin()));
  }
  return places;
}

}  // namespace

Selection::Selection(std::shared_ptr<const Dataset> whole, std::vector<std::int64_t> indices)
    : Dataset(whole->name(), whole->image_shape(), whole->class_names()),
      whole_(std::move(whole)),
      indices_(std::move(indices)) {}

Subset::Subset(std::shared_ptr<const Dataset> whole, std::int64_t count)
    : Selection(whole, first_of_random_order(*whole, count)) {}

HeldBack hold_back(std::shared_ptr<const Dataset> data, double share, std::uint64_t seed) {
  check(share > 0 && share < 1, data->name(), ": a share of ", share,
        " to hold back, expected one between 0 and 1");
  std::vector<std::vector<std::int64_t>> by_class(data->class_names().size());
  for (std::int64_t i = 0; i < data->size(); ++i)
    by_class[static_cast<std::size_t>(data->label(i))].push_back(i);

  std::vector<std::int64_t> training, validation;
  for (std::size_t k = 0; k < by_class.size(); ++k) {
    const std::vector<std::int64_t>& images = by_class[k];
    const std::int64_t count = std::ssize(images);
    const Stream stream(Stream(seed, "hold back").key(), static_cast<std::uint64_t>(k));
    const std::vector<std::int64_t> order = permutation(count, stream);
    std::int64_t held = std::llround(share * static_cast<double>(count));
    held = count >= 2 ? std::clamp<std::int64_t>(held, 1, count - 1) : 0;
    for (std::int64_t i = 0; i < count; ++i) {
      const auto image = static_cast<std::size_t>(order[static_cast<std::size_t>(i)]);
      (i < held ? validation : training).push_back(images[image]);
    }
  }
  check(!validation.empty() && !training.empty(), data->name(), ": ", data->size(),
        " images are too few to hold some of them back");
  std::ranges::sort(training);
  std::ranges::sort(validation);
  return {std::make_shared<Selection>(data, std::move(training)),
          std::make_shared<Selection>(data, std::move(validation))};
}

std::shared_ptr<const Dataset> with_classes(std::shared_ptr<const Dataset> data,
                                            const std::vector<std::string>& class_names,
                                            OnUnknownClass on_unknown) {
  if (data->class_names() == class_names) return data;
  const std::vector<int> places = places_of(data->class_names(), class_names);
  std::vector<std::string> unknown;
  for (std::size_t k = 0; k < places.size(); ++k) {
    if (places[k] == kUnknown) unknown.push_back(data->class_names()[k]);
  }
  check_data(unknown.empty() || on_unknown == OnUnknownClass::leave_out,
             "the images have classes that the model does ", "not know (", joined(unknown),
             "); the images' classes: ", joined(data->class_names()),
             "; the model's: ", joined(class_names));
  std::vector<std::int64_t> known;
  for (std::int64_t i = 0; i < data->size(); ++i) {
    if (places[static_cast<std::size_t>(data->label(i))] != kUnknown) known.push_back(i);
  }
  check_data(!known.empty(), "none of the images' classes (", joined(data->class_names()),
             ") is one of the model's (", joined(class_names), ")");
  if (std::ssize(known) < data->size())
    data = std::make_shared<Selection>(std::move(data), std::move(known));
  return std::make_shared<Relabelled>(std::move(data), class_names, places);
}

}  // namespace ek
