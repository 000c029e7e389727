#include "layers/dropout.h"

#include "core/check.h"
#include "core/dropout.h"

namespace ek {

Dropout::Dropout(double p) : p_(p) { check(p >= 0 && p <= 1, "Dropout: expected p between 0 and 1, got ", p); }

Tensor Dropout::forward(const Tensor& x) { return training() ? dropout(x, p_, default_generator().next()) : x; }

std::string Dropout::describe() const { return text("Dropout(p=", p_, ")"); }

}  // namespace ek
