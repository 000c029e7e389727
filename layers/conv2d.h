// A convolution layer.
#pragma once

#include "core/conv.h"
#include "layers/layer.h"

namespace ek {

/// [N, in, H, W] -> [N, out, OH, OW]: see conv2d. Parameters: weight [out, in/groups, KH, KW], bias [out].
class Conv2d : public Layer {
 public:
  Conv2d(std::int64_t in, std::int64_t out, Pair kernel, Conv2dOptions options = {});
  Tensor forward(const Tensor& x) override;
  std::string describe() const override;
  std::int64_t multiply_adds(const Shape& in, const Shape& out) const override;

 protected:
  void initialize_own(const InitSource& source) override;

 private:
  Conv2dOptions options_;
  Tensor weight_, bias_;
};

}  // namespace ek
