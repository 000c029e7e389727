// Dropout as a layer.
#pragma once

#include "core/check.h"
#include "core/dropout.h"
#include "layers/layer.h"

namespace ek {

/// In training zeroes each value with probability p and scales the others by 1 / (1 - p); the identity in
/// inference. Each training forward takes the next stream of default_generator(), whose position is all that
/// a resume needs.
class Dropout : public Layer {
 public:
  explicit Dropout(double p = 0.5) : p_(p) { check(p >= 0 && p <= 1, "Dropout: expected p between 0 and 1, got ", p); }
  Tensor forward(const Tensor& x) override { return training() ? dropout(x, p_, default_generator().next()) : x; }
  std::string describe() const override { return text("Dropout(p=", p_, ")"); }

 private:
  double p_;
};

}  // namespace ek
