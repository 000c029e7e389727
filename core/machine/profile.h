// Where the time goes: what every op took, its floating-point operations and the bytes that it had to move. Nothing is
// measured unless a Profiling lives; a scope then costs one look at a thread-local pointer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "evenkeel/core/base/shape.h"

namespace ek {

/// One run of one op. Times are of the steady clock.
struct ProfileEvent {
  std::string name;  // "conv2d"; its gradients: "conv2d backward"
  Shape shape;       // of the result; where that is a number or statistics, of the input
  std::int64_t begin_ns = 0, total_ns = 0;
  std::int64_t self_ns =
      0;  // without the events inside of this one: over all events, no moment counts twice
  double flops = 0, bytes = 0;
};

enum class Pass { forward, backward };

/// The time from here to the end of the block is that of `op`, which reads and writes so many `values` (see
/// profile_count). An op opens one at its top; the engine opens one around every gradient, so an op has none in its
/// backward function, and the ops that this function calls count for it. What a gradient leaves to be computed later, when
/// another one reads it, opens one with Pass::backward.
class ProfileScope {
 public:
  [[nodiscard]] ProfileScope(const char* op, const Shape& shape, std::int64_t values = 0,
                             Pass pass = Pass::forward);
  ~ProfileScope();
  ProfileScope& operator=(ProfileScope&&) = delete;  // neither copied nor moved

 private:
  friend void profile_count(double flops, std::int64_t values);
  bool open_;
  Pass pass_;
  ProfileScope* outer_ = nullptr;
  std::size_t event_ = 0;
  std::int64_t inside_ns_ = 0;  // taken by the scopes inside of this one
};

/// While one lives, the scopes of this thread are added to `events`, in the order of their beginnings. The threads of
/// parallel_for are not watched: their work is part of the scope that started it.
class Profiling {
 public:
  [[nodiscard]] explicit Profiling(std::vector<ProfileEvent>& events);
  ~Profiling();
  Profiling& operator=(Profiling&&) = delete;  // neither copied nor moved

 private:
  std::vector<ProfileEvent>* before_;
  ProfileScope* scope_before_;
};

/// Adds to the innermost open scope what a pass of its maths needs, whichever way it is computed: `flops` of products
/// and convolutions, 2 for each multiply-add (other passes are bound by memory and count none, as in PyTorch's
/// profiler), and the number of values read and written, each operand and each result once (vectors, such as a bias,
/// and what a kernel keeps for itself are left out).
void profile_count(double flops, std::int64_t values);

}  // namespace ek
