// Dropout as a layer.
#pragma once

#include "layers/layer.h"

namespace ek {

/// In training zeroes each value with probability p and scales the others by 1 / (1 - p); the identity in
/// inference. Each training forward takes the next stream of default_generator(), whose position is all that
/// a resume needs.
class Dropout : public Layer {
 public:
  explicit Dropout(double p = 0.5);
  Tensor forward(const Tensor& x) override;
  std::string describe() const override;

 private:
  double p_;
};

}  // namespace ek
