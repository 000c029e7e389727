// Large tensors in golden files: not all of their values, but samples and sums.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "evenkeel/core/base/real.h"
#include "evenkeel/core/tensor/tensor.h"
#include "tests/support/compare.h"
#include "tests/support/golden.h"

namespace ek {

/// 64 values at equal distances, or all of a smaller tensor: as in golden_convnet.py.
inline Tensor samples(const Tensor& t) {
  const std::size_t n = t.data().size(), step = std::max<std::size_t>(1, n / 64);
  std::vector<Real> picked;
  for (std::size_t i = 0; i < n && picked.size() < 64; i += step) picked.push_back(t.data()[i]);
  return Tensor::from({static_cast<std::int64_t>(picked.size())}, picked);
}

/// Samples and sums of a tensor against the stored ones; `floor` is the magnitude below which errors are
/// absolute.
inline void check_summary(const GoldenCase& c, const std::string& key, const Tensor& t,
                          double tolerance, double floor) {
  CAPTURE(key);
  CHECK(relative_error(samples(t), c.tensor(key + "/samples"), floor) <= tolerance);
  double total = 0, size = 0;
  for (const Real value : t.data()) {
    total += double(value);
    size += std::abs(double(value));
  }
  const Tensor expected = c.tensor(key + "/sums");
  const double count = static_cast<double>(samples(t).numel());
  const double scale = std::max<double>(expected.data()[1], floor * count);
  CHECK(std::abs(total - double(expected.data()[0])) <= tolerance * scale);
  CHECK(std::abs(size - double(expected.data()[1])) <= tolerance * scale);
}

}  // namespace ek
