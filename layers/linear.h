// A fully connected layer.
#pragma once

#include "layers/layer.h"

namespace ek {

struct LinearOptions {
  bool bias = true;
};

/// y = x W^T + b: [N, in] -> [N, out]. Parameters: weight [out, in], bias [out].
class Linear : public Layer {
 public:
  Linear(std::int64_t in, std::int64_t out, LinearOptions options = {});
  Tensor forward(const Tensor& x) override;
  std::string describe() const override;
  std::int64_t multiply_adds(const Shape& in, const Shape& out) const override;

 protected:
  void initialize_own(const InitSource& source) override;

 private:
  Tensor weight_, bias_;
};

}  // namespace ek
