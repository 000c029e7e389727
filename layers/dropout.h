// Dropout as a layer.
#pragma once

#include "core/check.h"
#include "core/random.h"
#include "layers/layer.h"

namespace ek {

/// In training zeroes each value with probability p and scales the others by 1 / (1 - p); the identity in
/// inference. Each training forward takes the next stream of default_generator(), whose position is all that
/// a resume needs.
struct Dropout : Layer {
  const double p;
  explicit Dropout(double q = 0.5) : p(q) { check(p >= 0 && p <= 1, "Dropout: expected p between 0 and 1, got ", p); }
  Tensor forward(const Tensor& x) override { return training() ? dropout(x, p, default_generator().next()) : x; }
  std::string describe() const override { return text("Dropout(p=", p, ")"); }
};

}  // namespace ek
