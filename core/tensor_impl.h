// What a Tensor handle points to. For core/tensor.cpp and core/autograd.cpp only.
#pragma once

#include "core/storage.h"
#include "core/tensor.h"

namespace ek {

struct Tensor::Impl {
  Shape shape;
  std::shared_ptr<Storage> storage;
  bool requires_grad = false;  // set by the user on leaves
  Tensor grad;                 // leaves only
  std::shared_ptr<Node> node;  // the op that made this tensor; null for leaves
};

}  // namespace ek
