#include "layers/sequential.h"

namespace ek {

Tensor Sequential::forward(const Tensor& x) {
  Tensor h = x;
  for (const auto& [name, layer] : children()) h = (*layer)(h);
  return h;
}

}  // namespace ek
