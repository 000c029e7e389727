// The table of flat loops. They are compiled once per instruction set from one source (loops.cpp), and
// dispatch.h hands out the best table that this CPU can run. Every variant gives the same bits: sums are kept
// in a fixed number of partial sums whatever the vector width, and multiplication and addition are never
// contracted into one rounding.
#pragma once

#include <cstdint>

#include "core/real.h"

namespace ek {

/// Sum and sum of squares of (x - shift), or of two products; in double.
struct DoubleSums {
  double first, second;
};

/// xhat = ((x - mean_hi) - mean_lo) rstd: a mean of twice Real's precision, see normalize.cpp.
struct NormScale {
  Real mean_hi, mean_lo, rstd;
};

// One step of an optimizer. What is made of its options is computed in double and rounded once: 1 - 0.999f differs
// from 0.001 by 1.3e-5 of it.
struct SgdStep {
  Real lr, momentum, gradient_share, weight_decay;  // gradient_share: 1 - dampening
  bool nesterov, first;                             // first: the momentum buffer starts as the gradient
};

struct AdamStep {
  Real step_size;  // lr / (1 - beta1^t)
  Real beta1, one_minus_beta1, beta2, one_minus_beta2, eps;
  Real correction2_sqrt;  // sqrt(1 - beta2^t)
  Real weight_decay;      // Adam: added to the gradient
  Real shrink;            // AdamW: 1 - lr * decay, a factor on the weight; 1 for none
};

/// n is a number of elements; pointers need no alignment; an output may be the same array as an input.
struct Kernels {
  const char* name;
  void (*add)(std::int64_t n, const Real* a, const Real* b, Real* y);
  void (*sub)(std::int64_t n, const Real* a, const Real* b, Real* y);
  void (*mul)(std::int64_t n, const Real* a, const Real* b, Real* y);
  void (*scale_shift)(std::int64_t n, const Real* x, Real scale, Real shift, Real* y);  // y = scale x + shift
  void (*relu)(std::int64_t n, const Real* x, Real* y);
  void (*relu_backward)(std::int64_t n, const Real* y, const Real* dy,
                        Real* dx);  // dx = dy where y > 0, else 0
  double (*sum)(std::int64_t n, const Real* x);
  DoubleSums (*moments)(std::int64_t n, const Real* x, Real shift);  // sum (x-shift), sum (x-shift)^2
  /// y = xhat weight + bias
  void (*normalize)(std::int64_t n, const Real* x, NormScale s, Real weight, Real bias, Real* y);
  /// sum dy, sum dy xhat
  DoubleSums (*normalize_sums)(std::int64_t n, const Real* x, const Real* dy, NormScale s);
  /// dx = (dy weight - mean_g - xhat mean_gx) rstd
  void (*normalize_backward)(std::int64_t n, const Real* x, const Real* dy, NormScale s, Real weight,
                             Real mean_g, Real mean_gx, Real* dx);
  void (*sgd)(std::int64_t n, const SgdStep& step, const Real* grad, Real* momentum, Real* weight);
  void (*adam)(std::int64_t n, const AdamStep& step, const Real* grad, Real* exp_avg, Real* exp_avg_sq,
               Real* weight);
};

}  // namespace ek
