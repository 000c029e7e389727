// Reverse-mode automatic differentiation. An op computes its result and hands record() the function that
// turns the gradient of the result into the gradients of its inputs. What that function captures is what
// stays in memory.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "evenkeel/core/tensor/tensor.h"

namespace ek {

/// One gradient per input; an empty tensor where none is needed.
using Gradients = std::vector<Tensor>;
using Backward = std::function<Gradients(const Tensor& dy)>;

/// Remembers how d(loss)/d(out) becomes d(loss)/d(inputs). Returns `out` unchanged, and drops `backward` with
/// all that it captured, under NoGrad or when no input needs a gradient. REQUIRES: `backward` does not
/// capture `out` (capture out.detach()): the cycle would never be freed. `op` is kept as it is: a literal, or a text that
/// outlives the graph.
Tensor record(const char* op, Tensor out, std::vector<Tensor> inputs, Backward backward);

/// What a backward pass keeps of x: its values where the gradient of `input`, made of them, is wanted; else nothing.
inline Tensor saved_for(const Tensor& input, const Tensor& x) {
  return input.requires_grad() ? x.detach() : Tensor();
}

/// A tensor of dy's shape for a backward pass to write its result to: dy itself where nobody else can see its values, which
/// lie in the cache by then, else a new one. REQUIRES: element i is written after dy's element i was last read.
Tensor in_place_of(const Tensor& dy);

/// t itself where nobody else can see its values, else a copy: to be written to.
Tensor owned(Tensor t);

/// While one lives, nothing is recorded on this thread.
class NoGrad {
 public:
  [[nodiscard]] NoGrad();
  ~NoGrad();
  NoGrad& operator=(NoGrad&&) = delete;  // neither copied nor moved

 private:
  bool before_;
};

/// False under NoGrad.
bool grad_enabled();

/// How many recorded ops are alive: 0 once every graph has been used and its tensors are gone.
std::int64_t live_nodes();

}  // namespace ek
