#include "evenkeel/data/dataset.h"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "evenkeel/data/selection.h"

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/base/shape.h"
#include "files.h"
#include "tests/data/files.h"

using namespace ek;

namespace {

/// Images [1, 1, 2]; image i has the bytes i and 100 + i and the label i % 3.
std::shared_ptr<const Dataset> numbered(int count) {
  Bytes pixels;
  std::vector<int> labels;
  for (int i = 0; i < count; ++i) {
    pixels.push_back(static_cast<std::uint8_t>(i));
    pixels.push_back(static_cast<std::uint8_t>(100 + i));
    labels.push_back(i % 3);
  }
  return std::make_shared<InMemoryDataset>("numbered", Shape{1, 1, 2},
                                           std::vector<std::string>{"a", "b", "c"}, pixels, labels);
}

}  // namespace

TEST_CASE("a dataset in memory gives back what it was made of") {
  const auto data = numbered(4);
  CHECK(data->name() == "numbered");
  CHECK(data->size() == 4);
  CHECK(data->image_shape() == Shape{1, 1, 2});
  CHECK(data->class_names() == std::vector<std::string>{"a", "b", "c"});
  CHECK(data->label(2) == 2);
  CHECK(image_of(*data, 3) == Bytes{3, 103});
}

TEST_CASE("a dataset refuses what does not fit") {
  const auto make = [](std::size_t bytes, std::vector<int> labels) {
    return error_of<std::invalid_argument>([&] {
      InMemoryDataset("d", Shape{1, 1, 2}, {"a", "b"}, Bytes(bytes), labels);
    });
  };
  CHECK(make(4, {0, 1}) == "no error");
  CHECK(make(3, {0, 1}) == "d: 3 bytes of pixels, expected 4 for 2 images [1, 1, 2]");
  CHECK(make(4, {0, 2}) == "d: label 2, expected 0..1");
  CHECK(make(4, {0, -1}) == "d: label -1, expected 0..1");
  const auto data = numbered(4);
  Bytes pixels(2), small(1);
  CHECK(error_of<std::invalid_argument>([&] { data->label(4); }) ==
        "numbered: no image 4, there are 4");
  CHECK(error_of<std::invalid_argument>([&] { data->image(-1, pixels); }) ==
        "numbered: no image -1, there are 4");
  CHECK(error_of<std::invalid_argument>([&] { data->image(0, small); }) ==
        "numbered: room for 1 bytes, an image has 2");
}

TEST_CASE("a subset is a fixed mixed choice, and a smaller one is the beginning of a larger one") {
  const auto whole = numbered(90);
  const Subset some(whole, 30), fewer(whole, 10), again(whole, 30);
  CHECK(some.size() == 30);
  CHECK(some.name() == "numbered");
  std::set<std::uint8_t> seen;
  bool mixed = false;
  for (std::int64_t i = 0; i < some.size(); ++i) {
    const Bytes pixels = image_of(some, i);
    seen.insert(pixels[0]);
    CHECK(pixels[1] == 100 + pixels[0]);
    CHECK(some.label(i) == pixels[0] % 3);
    CHECK(pixels == image_of(again, i));
    if (i < fewer.size()) CHECK(pixels == image_of(fewer, i));
    mixed |= pixels[0] >= 30;
  }
  CHECK(seen.size() == 30);
  CHECK(mixed);
}

TEST_CASE("a subset of more images than there are is all of them, and of none an error") {
  CHECK(Subset(numbered(5), 100).size() == 5);
  CHECK(error_of<std::invalid_argument>([] { Subset(numbered(5), 0); }) ==
        "numbered: a subset needs at least 1 image, got 0");
}

TEST_CASE("images are held back class by class, drawn by the seed") {
  const auto data = numbered(100);  // 34 of class 0, 33 of the others
  const HeldBack parts = hold_back(data, 0.2, 1), again = hold_back(data, 0.2, 1),
                 other = hold_back(data, 0.2, 2);
  CHECK(parts.training->size() == 79);
  CHECK(parts.validation->size() == 21);
  std::set<int> seen;
  std::vector<int> of_class(3, 0);
  for (const auto& part : {parts.training, parts.validation}) {
    for (std::int64_t i = 0; i < part->size(); ++i) seen.insert(image_of(*part, i)[0]);
  }
  for (std::int64_t i = 0; i < 21; ++i)
    ++of_class[static_cast<std::size_t>(parts.validation->label(i))];
  CHECK(seen.size() == 100);
  CHECK(of_class == std::vector<int>{7, 7, 7});
  bool same = true, differs = false;
  for (std::int64_t i = 0; i < 21; ++i) {
    same &= image_of(*parts.validation, i) == image_of(*again.validation, i);
    differs |= image_of(*parts.validation, i) != image_of(*other.validation, i);
  }
  CHECK(same);
  CHECK(differs);
  CHECK(hold_back(numbered(6), 0.01, 1).validation->size() ==
        3);  // of two images of a class one is held back
  CHECK_THROWS_AS(hold_back(numbered(3), 0.5, 1), std::invalid_argument);
}

TEST_CASE("classes are paired by their names, not by their places") {
  const auto data = numbered(4);  // classes a, b, c, a
  const auto paired = with_classes(data, {"c", "x", "b", "a"});
  CHECK(paired->class_names().size() == 4);
  CHECK(paired->label(0) == 3);
  CHECK(paired->label(1) == 2);
  CHECK(paired->label(2) == 0);
  CHECK(image_of(*paired, 3) == image_of(*data, 3));
  CHECK(with_classes(data, {"a", "b", "c"}) == data);

  CHECK(error_of<DataError>([&] {
          with_classes(data, {"a", "z"});
        }) ==
        "the images have classes that the model does not know (b, c); the images' classes: a, b, "
        "c; the model's: a, z");
  const auto known = with_classes(data, {"z", "a"}, OnUnknownClass::leave_out);
  REQUIRE(known->size() == 2);
  CHECK(known->label(0) == 1);
  CHECK(image_of(*known, 1) == image_of(*data, 3));
  CHECK(error_of<DataError>([&] {
          with_classes(data, {"y", "z"}, OnUnknownClass::leave_out);
        }).starts_with("none of the images' classes (a, b, c) is one of the model's (y, z)"));
}
