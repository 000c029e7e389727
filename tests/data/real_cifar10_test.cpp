// Against the real CIFAR-10: set EVENKEEL_CIFAR10 to the folder with its .bin files. Copies that went through JPEG and
// were put in another order pass too.
#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "evenkeel/data/cifar.h"
#include "evenkeel/data/dataset.h"
#include "evenkeel/data/transform.h"

using namespace ek;

TEST_CASE(
    "the real CIFAR-10 has 50,000 + 10,000 images, evenly spread, and the constants that everybody "
    "uses") {
  const char* dir = std::getenv("EVENKEEL_CIFAR10");
  if (!dir) {
    std::puts("SKIPPED: set EVENKEEL_CIFAR10 to the folder with CIFAR-10's .bin files");
    return;
  }
  const auto train = load_cifar10(dir, Split::train), test = load_cifar10(dir, Split::test);
  for (const auto& [data, each] : {std::pair{train, 5000}, std::pair{test, 1000}}) {
    std::array<int, 10> counts{};
    for (std::int64_t i = 0; i < data->size(); ++i)
      ++counts[static_cast<std::size_t>(data->label(i))];
    for (const int count : counts) CHECK(count == each);
  }
  CHECK(train->class_names()[6] == "frog");
  const Normalization n = measure_normalization(*train);
  const std::array<double, 3> mean = {0.4914, 0.4822, 0.4465}, std = {0.2470, 0.2435, 0.2616};
  for (std::size_t c = 0; c < 3; ++c) {
    CHECK(std::abs(n.mean[c] - mean[c]) < 1e-3);
    CHECK(std::abs(n.std[c] - std[c]) < 3e-3);
  }
}
