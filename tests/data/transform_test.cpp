#include "evenkeel/data/transform.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "evenkeel/core/base/real.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/machine/parallel.h"
#include "evenkeel/core/ops/random.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/data/dataset.h"
#include "files.h"
#include "tests/data/files.h"

using namespace ek;

namespace {

/// `count` images [2, 3, 5] of random bytes, the second channel all 51.
std::shared_ptr<const Dataset> random_images(int count) {
  const Stream stream(3, "pixels");
  Bytes pixels;
  for (int i = 0; i < count; ++i)
    for (int p = 0; p < 30; ++p)
      pixels.push_back(
          p < 15 ? static_cast<std::uint8_t>(stream.bits(static_cast<std::uint64_t>(i * 30 + p)))
                 : 51);
  return std::make_shared<InMemoryDataset>("random", Shape{2, 3, 5}, std::vector<std::string>{"a"},
                                           pixels,
                                           std::vector<int>(static_cast<std::size_t>(count)));
}

}  // namespace

TEST_CASE("normalisation: mean and standard deviation are those of a direct computation") {
  const int before = num_threads();
  for (const int threads : {1, 3}) {
    set_num_threads(threads);
    const auto data = random_images(1300);  // three chunks
    long double sum = 0, squares = 0, count = 1300 * 15;
    for (int i = 0; i < 1300; ++i) {
      const Bytes image = image_of(*data, i);
      for (std::size_t p = 0; p < 15; ++p) sum += image[p] / 255.0L;
    }
    for (int i = 0; i < 1300; ++i) {
      const Bytes image = image_of(*data, i);
      for (std::size_t p = 0; p < 15; ++p)
        squares += std::pow(image[p] / 255.0L - sum / count, 2.0L);
    }
    const Normalization n = measure_normalization(*data);
    REQUIRE(n.mean.size() == 2);
    CHECK(std::abs(n.mean[0] - static_cast<double>(sum / count)) < 1e-14);
    CHECK(std::abs(n.std[0] - static_cast<double>(std::sqrt(squares / count))) < 1e-14);
    CHECK(n.mean[1] == 0.2);
    CHECK(n.std[1] == 1);  // no spread
  }
  set_num_threads(before);
}

TEST_CASE("to_tensor: (pixel / 255 - mean) / std of the pixel's channel") {
  const Bytes pixels = {0, 255, 51, 102, 255, 0, 10, 20};
  const Tensor t = to_tensor(pixels, {2, 2, 1, 2}, {{0.5, 0.2}, {0.25, 2}});
  CHECK(t.shape() == Shape{2, 2, 1, 2});
  CHECK(t.data()[0] == Real(-2));
  CHECK(t.data()[1] == Real(2));
  CHECK(t.data()[2] == Real(0));
  CHECK(t.data()[3] == static_cast<Real>((102 / 255.0 - 0.2) / 2));
  CHECK(t.data()[4] == Real(2));
  CHECK(t.data()[7] == static_cast<Real>((20 / 255.0 - 0.2) / 2));
  CHECK_FALSE(t.requires_grad());
}

TEST_CASE("to_tensor refuses what does not fit") {
  const Bytes pixels(8);
  CHECK(error_of<std::invalid_argument>([&] {
          to_tensor(pixels, {2, 2, 1, 3}, {{0, 0}, {1, 1}});
        }) == "to_tensor: 8 bytes for images [N, C, H, W] = [2, 2, 1, 3]");
  CHECK(error_of<std::invalid_argument>([&] {
          to_tensor(pixels, {2, 2, 1, 2}, {{0}, {1}});
        }) == "to_tensor: constants for 1 channels, the images have 2");
}
