#include "core/reshape.h"

#include "core/autograd.h"
#include "core/check.h"
#include "core/profile.h"

namespace ek {

Tensor reshape(const Tensor& x, const Shape& shape) {
  const ProfileScope scope("reshape", shape);
  return record("reshape", x.view(shape), {x},
                [before = x.shape()](const Tensor& dy) -> Gradients { return {dy.view(before)}; });
}

Tensor reshape(const Tensor& x, std::initializer_list<std::int64_t> sizes) {
  std::vector<std::int64_t> filled(sizes);
  std::int64_t known = 1;
  std::int64_t* open = nullptr;
  for (std::int64_t& size : filled) {
    if (size != -1) {
      known *= size;
    } else {
      check(open == nullptr, "reshape: only one size may be -1");
      open = &size;
    }
  }
  if (open) {
    check(known > 0 && x.numel() % known == 0, "reshape: ", x.shape(), " cannot be cut into pieces of ", known);
    *open = x.numel() / known;
  }
  return reshape(x, Shape(std::span<const std::int64_t>(filled)));
}

Tensor flatten(const Tensor& x, int start) {
  const int axis = x.shape().index(start);
  std::vector<std::int64_t> sizes(x.shape().sizes().begin(), x.shape().sizes().begin() + axis);
  sizes.push_back(x.shape().product(axis, x.rank()));
  return reshape(x, Shape(std::span<const std::int64_t>(sizes)));
}

}  // namespace ek
