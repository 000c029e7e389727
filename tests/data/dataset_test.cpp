#include "data/dataset.h"

#include <doctest/doctest.h>

#include <set>

#include "files.h"

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
  return std::make_shared<InMemoryDataset>("numbered", Shape{1, 1, 2}, std::vector<std::string>{"a", "b", "c"}, pixels,
                                           labels);
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
  CHECK(error_of<std::invalid_argument>([&] { data->label(4); }) == "numbered: no image 4, there are 4");
  CHECK(error_of<std::invalid_argument>([&] { data->image(-1, pixels); }) == "numbered: no image -1, there are 4");
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
