// What the tests of traps look at.
#pragma once

#include <doctest/doctest.h>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>
#include "evenkeel/core/base/real.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/files/state.h"
#include "evenkeel/core/ops/activation.h"
#include "evenkeel/core/ops/elementwise.h"
#include "evenkeel/core/ops/random.h"
#include "evenkeel/core/ops/reduce.h"
#include "evenkeel/core/tensor/autograd.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/layers/conv2d.h"
#include "evenkeel/layers/functions.h"
#include "evenkeel/layers/layer.h"
#include "evenkeel/layers/norm.h"
#include "evenkeel/layers/sequential.h"
#include "tests/support/compare.h"

namespace ek {
namespace {

/// A handle on a parameter or buffer.
inline Tensor state(const Layer& layer, const std::string& name) {
  return std::get<Tensor>(*layer.state_dict().find(name));
}

inline std::int64_t batches(const Layer& layer) {
  return std::get<IntTensor>(*layer.state_dict().find("num_batches_tracked")).data()[0];
}

inline std::vector<std::string> names(const Layer& layer) {
  std::vector<std::string> all;
  for (const auto& [name, value] : layer.state_dict()) all.push_back(name);
  return all;
}

inline Tensor normal(Shape shape, Real mean = 0, Real stddev = 1, std::uint64_t seed = 1) {
  Tensor t(shape);
  fill_normal(t, mean, stddev, Stream(seed));
  return t;
}

inline void set(Layer& layer, const std::string& name, std::initializer_list<Real> values) {
  std::copy(values.begin(), values.end(), state(layer, name).mutable_data().begin());
}

inline bool close(const Tensor& actual, std::initializer_list<double> expected, double tolerance) {
  return relative_error(actual.data(), std::span<const double>(expected.begin(), expected.size()),
                        1) <= tolerance;
}

/// The message of the error that a call throws, "" if it throws none.
template <typename Call>
inline std::string message_of(Call call) {
  try {
    call();
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// [3, 4]: the example of pytorch#7028. Means 0, 10, 2/3, 1/3.
inline Tensor issue_7028() {
  return Tensor::from({3, 4}, {2, 15, 2, 1, 2, 17, 2, 1, -4, -2, -2, -1});
}

}  // namespace
}  // namespace ek
