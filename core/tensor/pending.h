// Values that a tensor does not have yet. Who computes them, and how, is no business of the tensor's: core/lazy.
#pragma once

#include <memory>

#include "evenkeel/core/tensor/pieces.h"
#include "evenkeel/core/tensor/storage.h"
#include "evenkeel/core/tensor/tensor.h"

namespace ek {

class Pending {
 public:
  virtual ~Pending() = default;

  /// The values, computed if they still are to be. Throws what the computation threw, the first time
  /// and ever after.
  virtual const std::shared_ptr<Storage>& values() = 0;
  virtual bool is_computed() const = 0;

  // What else can be done with a tensor `self` of these values while they are not there, because it
  // saves a pass over memory.

  /// relu(self), or self + other, as one op with the one behind self; an empty tensor where that takes
  /// nothing in.
  virtual Tensor relu(const Tensor& self) = 0;
  virtual Tensor plus(const Tensor& self, const Tensor& other) = 0;
  /// Can the values be handed over piece by piece, without ever being in memory as a whole?
  virtual bool comes_in_pieces() const = 0;
  /// REQUIRES: comes_in_pieces()
  virtual void hand_over(const Consumer& to) = 0;
  /// See samples_of; empty where there is no such function.
  virtual Samples samples() const = 0;
};

}  // namespace ek
