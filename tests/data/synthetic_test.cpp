#include "evenkeel/data/synthetic.h"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <stdexcept>

#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/machine/parallel.h"
#include "evenkeel/data/dataset.h"
#include "evenkeel/data/transform.h"
#include "files.h"
#include "tests/data/files.h"

using namespace ek;

TEST_CASE("synthetic: ten classes in turn, every image another, training and test apart") {
  const auto train = make_synthetic(40, Split::train), test = make_synthetic(40, Split::test);
  CHECK(train->name() == "synthetic");
  CHECK(train->image_shape() == Shape{3, 32, 32});
  CHECK(train->class_names().size() == 10);
  for (int i = 0; i < 40; ++i) {
    CHECK(train->label(i) == i % 10);
    for (int j = 0; j < 40; ++j) {
      if (i != j) CHECK(image_of(*train, i) != image_of(*train, j));
      CHECK(image_of(*train, i) != image_of(*test, j));
    }
  }
}

TEST_CASE("synthetic: an image depends on seed, split and index alone") {
  const auto few = make_synthetic(70, Split::train, 5), other = make_synthetic(70, Split::train, 6);
  const int before = num_threads();
  for (const int threads : {1, 3}) {
    set_num_threads(threads);
    const auto many = make_synthetic(300, Split::train, 5);
    for (int i = 0; i < 70; ++i) {
      CHECK(image_of(*few, i) == image_of(*many, i));
      CHECK(image_of(*few, i) != image_of(*other, i));
    }
  }
  set_num_threads(before);
}

TEST_CASE("synthetic: the bytes are those of every other machine") {
  const auto data = make_synthetic(20, Split::train);
  std::uint64_t hash = 0xCBF29CE484222325u;  // FNV-1a
  for (int i = 0; i < 20; ++i)
    for (const std::uint8_t byte : image_of(*data, i)) hash = (hash ^ byte) * 0x100000001B3u;
  CHECK(hash == 2434242862963997820u);
}

TEST_CASE("synthetic: contrast enough to see, and few pixels at the ends of the range") {
  const auto data = make_synthetic(500, Split::train);
  const Normalization n = measure_normalization(*data);
  for (std::size_t c = 0; c < 3; ++c) {
    CHECK(std::abs(n.mean[c] - 0.5) < 0.05);
    CHECK(n.std[c] > 0.15);
    CHECK(n.std[c] < 0.30);
  }
  CHECK(error_of<std::invalid_argument>([] { make_synthetic(0, Split::train); }) ==
        "synthetic: expected at least 1 image, got 0");
}
