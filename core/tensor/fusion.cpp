#include "evenkeel/core/tensor/fusion.h"

#include "evenkeel/core/tensor/pending.h"
#include "evenkeel/core/tensor/tensor_impl.h"

namespace ek {

Tensor fused_relu(const Tensor& x) {
  Pending* const pending = Inside::pending(x);
  return pending ? pending->relu(x) : Tensor();
}

Tensor fused_add(const Tensor& a, const Tensor& b) {
  Pending *const of_a = Inside::pending(a), *const of_b = Inside::pending(b);
  Tensor sum = of_a ? of_a->plus(a, b) : Tensor();
  return !sum && of_b ? of_b->plus(b, a) : sum;
}

}  // namespace ek
