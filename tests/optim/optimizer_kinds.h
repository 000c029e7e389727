// All optimizers, and steps of them on the same problem.
#pragma once

#include <unistd.h>
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>
#include "evenkeel/core/base/check.h"
#include "evenkeel/core/files/safetensors.h"
#include "evenkeel/core/files/state.h"
#include "evenkeel/core/machine/parallel.h"
#include "evenkeel/core/ops/elementwise.h"
#include "evenkeel/core/tensor/tensor.h"
#include "evenkeel/optim/adam.h"
#include "evenkeel/optim/optimizer.h"
#include "evenkeel/optim/sgd.h"
#include "tests/optim/problem.h"

namespace ek {
namespace {

using Parameters = std::vector<Tensor>;

struct Kind {
  const char* name;
  std::function<std::unique_ptr<Optimizer>(const Parameters&)> make;
};

inline const Kind kKinds[] = {
    {"SGD",
     [](const Parameters& p) {
       return std::make_unique<SGD>(p, SgdOptions{.lr = 0.1, .weight_decay = 0.1});
     }},
    {"momentum",
     [](const Parameters& p) {
       return std::make_unique<SGD>(p, SgdOptions{.lr = 0.1, .momentum = 0.9, .dampening = 0.3});
     }},
    {"Adam",
     [](const Parameters& p) {
       return std::make_unique<Adam>(p, AdamOptions{.weight_decay = 0.1});
     }},
    {"AdamW", [](const Parameters& p) { return std::make_unique<AdamW>(p); }},
};

// The second parameter is larger than a chunk of parallel_for; the third has its first gradient at step 4,
// and then at every other step only.
inline Parameters start() {
  return {random_parameter({8, 3, 3, 3}, "a"), random_parameter({3, kElementGrain}, "b"),
          random_parameter({10}, "c")};
}

inline void steps(Optimizer& optimizer, const Parameters& parameters, int from, int to) {
  for (int step = from; step <= to; ++step) {
    optimizer.zero_grad();
    for (int i = 0; i < 3; ++i)
      if (i < 2 || (step >= 4 && step % 2 == 0))
        set_random_gradient(parameters[static_cast<std::size_t>(i)], i, step);
    optimizer.step();
  }
}

inline void check_same(const Parameters& a, const Parameters& b) {
  for (std::size_t i = 0; i < a.size(); ++i) CHECK(same_bits(a[i], b[i]));
}

inline StateDict copied(const StateDict& state) {
  StateDict copy;
  for (const auto& [name, value] : state) {
    if (const Tensor* tensor = std::get_if<Tensor>(&value)) {
      copy.add(name, tensor->clone());
    } else {
      IntTensor whole(shape_of(value));
      whole.mutable_data() = std::get<IntTensor>(value).data();
      copy.add(name, whole);
    }
  }
  return copy;
}

}  // namespace
}  // namespace ek
